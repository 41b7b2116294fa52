import type { Language } from './language.ts';

/** What a registry takes as user name and password, in words; a sentence part each. What is typed as it is stands in backticks. */
export interface AccountWords {
  user: string;
  password: string;
  /** What is wrong most often with a login that the registry refuses; a whole sentence or two. */
  refused?: string;
}

export interface KnownRegistry {
  /** `host[:port]` as in references. */
  host: RegExp;
  /** The only user name that the registry takes. */
  user?: string;
  /** What the registry calls that which stands for the password; absent where it takes either. */
  secret?: 'token' | 'password';
  /** Credential helpers (`docker-credential-NAME`) of the provider, which make the password themselves. */
  helpers: readonly string[];
  /** Where a person makes what stands for the password; `https`. */
  tokenPage?: string;
  words: Readonly<Record<Language, AccountWords>>;
}

/** Nothing is fetched: this is what the providers' documentation says. */
const KNOWN_REGISTRIES: readonly KnownRegistry[] = [
  {
    // https://docs.docker.com/security/access-tokens/
    host: /^docker\.io$/,
    secret: 'token',
    helpers: [],
    tokenPage: 'https://app.docker.com/settings/personal-access-tokens',
    words: {
      en: { user: 'your Docker ID', password: 'an access token that may write' },
      'zh-CN': { user: 'Docker ID', password: '具有写权限的访问令牌' },
    },
  },
  {
    // https://docs.github.com/en/packages/working-with-a-github-packages-registry/working-with-the-container-registry
    host: /^ghcr\.io$/,
    secret: 'token',
    helpers: [],
    tokenPage: 'https://github.com/settings/tokens/new?scopes=write:packages',
    words: {
      en: {
        user: 'your GitHub user name',
        password: 'a classic token with `write:packages`',
        refused: 'A token without write:packages may read, but not push. Fine-grained tokens do not work with ghcr.io.',
      },
      'zh-CN': {
        user: 'GitHub 用户名',
        password: '具有 `write:packages` 权限的 classic 令牌',
        refused: '没有 write:packages 权限的令牌只能读取，不能推送。ghcr.io 不支持细粒度令牌。',
      },
    },
  },
  {
    // https://docs.quay.io/glossary/robot-accounts.html
    host: /^quay\.io$/,
    secret: 'token',
    helpers: [],
    words: {
      en: { user: 'a robot account (org+name) or your user name', password: 'its token' },
      'zh-CN': { user: '机器人账号（org+name）或用户名', password: '该账号的令牌' },
    },
  },
  {
    // https://docs.gitlab.com/user/packages/container_registry/authenticate_with_container_registry/
    host: /^registry\.gitlab\.com$/,
    secret: 'token',
    helpers: [],
    tokenPage: 'https://gitlab.com/-/user_settings/personal_access_tokens',
    words: {
      en: { user: 'your user name, or that of a deploy token', password: 'a token with `write_registry`' },
      'zh-CN': { user: '用户名，或部署令牌的用户名', password: '具有 `write_registry` 权限的令牌' },
    },
  },
  {
    // https://docs.aws.amazon.com/AmazonECR/latest/userguide/registry_auth.html
    host: /^(?:[^.]+\.dkr\.ecr(?:-fips)?\.[^.]+\.amazonaws\.com(?:\.cn)?|[^.]+\.dkr-ecr(?:-fips)?\.[^.]+\.on\.(?:aws|amazonwebservices\.com\.cn))$/,
    secret: 'password',
    user: 'AWS',
    helpers: ['ecr-login'],
    words: {
      en: { user: 'AWS', password: 'what `aws ecr get-login-password` prints; it is good for 12 hours' },
      'zh-CN': { user: 'AWS', password: '`aws ecr get-login-password` 的输出，12 小时内有效' },
    },
  },
  {
    // https://docs.aws.amazon.com/AmazonECR/latest/public/public-registry-auth.html
    host: /^public\.ecr\.aws$/,
    secret: 'password',
    user: 'AWS',
    helpers: ['ecr-login'],
    words: {
      en: { user: 'AWS', password: 'what `aws ecr-public get-login-password` prints; it is good for 12 hours' },
      'zh-CN': { user: 'AWS', password: '`aws ecr-public get-login-password` 的输出，12 小时内有效' },
    },
  },
  {
    // https://cloud.google.com/artifact-registry/docs/docker/authentication
    host: /^(?:[^.]+\.pkg\.dev|(?:[^.]+\.)?gcr\.io)$/,
    helpers: ['gcloud', 'gcr'],
    words: {
      en: {
        user: '`oauth2accesstoken`, or `_json_key`',
        password: 'an access token, or the content of the key file',
      },
      'zh-CN': { user: '`oauth2accesstoken` 或 `_json_key`', password: '访问令牌，或密钥文件的内容' },
    },
  },
  {
    // https://learn.microsoft.com/azure/container-registry/container-registry-authentication
    host: /^[^.]+\.azurecr\.(?:io|cn|us)$/,
    secret: 'password',
    helpers: ['acr-env'],
    words: {
      en: { user: 'the name of a token, or the ID of a service principal', password: 'its password' },
      'zh-CN': { user: '令牌名称或服务主体 ID', password: '其密码' },
    },
  },
  {
    // https://docs.oracle.com/iaas/Content/Registry/Tasks/registrypushingimagesusingthedockercli.htm
    host: /^(?:[^.]+\.)?ocir(?:\.[^.]+\.oci\.oraclecloud\.com|\.io)$/,
    secret: 'token',
    helpers: [],
    words: {
      en: { user: 'TENANCY/USER', password: 'an auth token' },
      'zh-CN': { user: '租户/用户（TENANCY/USER）', password: '认证令牌（auth token）' },
    },
  },
  {
    // https://www.alibabacloud.com/help/en/acr/user-guide/configure-access-credentials
    host: /^(?:registry(?:-vpc|-internal)?\.[^.]+\.aliyuncs\.com|[^.]+\.[^.]+\.cr\.aliyuncs\.com)$/,
    secret: 'password',
    helpers: [],
    words: {
      en: {
        user: 'the name of your account',
        password: 'the password of the registry, which is not that of the account',
      },
      'zh-CN': { user: '账号名称', password: '镜像仓库的密码（不是账号的登录密码）' },
    },
  },
];

/** What is known of a registry's accounts by its host; undefined for registries that are nobody's in particular. */
export function knownRegistry(registry: string): KnownRegistry | undefined {
  const host = registry.toLowerCase();
  return KNOWN_REGISTRIES.find((known) => known.host.test(host));
}

/** Whether a credential helper makes the logins of one provider, and is of no use for other registries. */
export function isProviderHelper(name: string): boolean {
  return KNOWN_REGISTRIES.some(({ helpers }) => helpers.includes(name));
}
