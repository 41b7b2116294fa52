import { expect, it } from 'vitest';
import { knownRegistry } from '../../../shared/known-registries.ts';

it.each([
  ['docker.io', /Docker ID/],
  ['ghcr.io', /GitHub/],
  ['quay.io', /robot/],
  ['registry.gitlab.com', /deploy token/],
  ['123456789012.dkr.ecr.eu-central-1.amazonaws.com', /^AWS$/],
  ['123456789012.dkr.ecr.cn-north-1.amazonaws.com.cn', /^AWS$/],
  ['123456789012.dkr-ecr.us-east-1.on.aws', /^AWS$/],
  ['public.ecr.aws', /^AWS$/],
  ['europe-docker.pkg.dev', /oauth2accesstoken/],
  ['eu.gcr.io', /_json_key/],
  ['acme.azurecr.io', /service principal/],
  ['fra.ocir.io', /TENANCY/],
  ['registry.cn-hangzhou.aliyuncs.com', /account/],
  ['acme-registry.cn-hangzhou.cr.aliyuncs.com', /account/],
])('%s says what it wants as user name', (host, user) => {
  expect(knownRegistry(host)?.words.en.user).toMatch(user);
  expect(knownRegistry(host)?.words['zh-CN'].password).toMatch(/\p{Script=Han}/u);
});

it.each(['registry.example', 'ghcr.io.example', 'evil-ghcr.io', 'localhost:5000', 'x.amazonaws.com'])(
  '%s is nobody’s in particular',
  (host) => expect(knownRegistry(host)).toBeUndefined(),
);
