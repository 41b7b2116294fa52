import type { LongHelp } from './types.ts';

const EXIT_STATUS = '退出状态：0 完成，1 失败，2 用法错误，3 需要登录或登录被拒绝，130 被中断。';

/** What `--help` says beyond the options, in Chinese. */
export const CHINESE_HELP: LongHelp = {
  command: `
${EXIT_STATUS}
环境变量：pushboat --help`,

  program: `
IMAGE 是本机的镜像；\`pushboat images\` 会列出它们。查看某个命令的帮助：pushboat push --help

环境变量：
  REGISTRY_AUTH_FILE           保存登录信息的文件，与 Podman 和 skopeo 相同
  DOCKER_CONFIG                Docker 的 config.json 所在文件夹，其中也可以有登录信息
  DOCKER_AUTH_CONFIG           JSON 形式的登录信息，格式同 config.json；优先于所有文件
  DOCKER_HOST, DOCKER_CONTEXT  Docker 的监听位置
  CONTAINER_HOST               Podman 服务的监听位置
  CONTAINERS_STORAGE_CONF      Podman 和 Buildah 的 storage.conf
  PUSHBOAT_DATA_DIR            Pushboat 自己的文件夹：设置，以及推送中断的位置
  PUSHBOAT_DEBUG               1：等同于 --debug
  PUSHBOAT_ARCHIVE_MAX_BYTES   压缩归档解开后的最大字节数
  PUSHBOAT_ARCHIVE_MAX_RATIO   解开后与压缩时大小之比的最大值

${EXIT_STATUS}`,

  push: `
IMAGE 可以是：
  NAME                                   本机某个存储中的镜像，如 \`pushboat images\` 所列
  FOLDER 或 FILE                         OCI 布局、skopeo 用 dir: 写出的文件夹，或归档
  oci:FOLDER[:NAME]                      OCI 布局中的一个镜像
  oci-archive:FILE[:NAME]                同上，布局在一个 tar 中
  docker-archive:FILE[:REFERENCE]        docker save 所写文件中的一个镜像
  dir:FOLDER                             以普通文件存放的清单和数据块
  image-store:NAME                       镜像存储中的镜像
  docker-daemon:REFERENCE                Docker 的镜像
  podman:REFERENCE                       Podman 的镜像，经由其服务
  containers-storage:REFERENCE           Podman 或 Buildah 的镜像，直接读取其文件
布局或归档中的镜像也可以不用名称指定，有无传输方式均可：
  PATH:@N                                按位置，从 0 起：oci:FOLDER:@0 是第一个
  PATH@DIGEST                            按摘要或其开头
从标准输入读取的归档写作 -（或 docker-archive:-[:REFERENCE]、oci-archive:-[:NAME]）。

一次推送多个镜像时，它们放在同一路径之下（--to），或按列表所写（--from）。此时一个归档、布局或存放布局的文件夹
代表其中所有镜像。每个镜像保留自己的仓库名和标签；没有名称的以文件名命名。
列表中每行是一个镜像及其目标；带空格的名称用双引号括起，# 之后是注释。
同样的内容也可以写成 JSON：[{"image": "web:1.2", "target": "ghcr.io/acme/web:1.2"}]

DESTINATION 可以是：
  [docker://]REGISTRY/REPOSITORY[:TAG]   镜像仓库
  oci:FOLDER[:NAME]                      OCI 布局，新建或加入
  oci-archive:FILE[:NAME]                同上，写成一个 tar；已有的文件会被替换
  docker-archive:FILE[:REFERENCE]        供 docker load 使用；文件不能已存在
  dir:FOLDER                             以普通文件存放的清单和数据块
  docker-daemon:REFERENCE                Docker 自己的镜像
  containers-storage:REFERENCE           Podman 的镜像，经由其服务

示例：
  pushboat push ./my-layout ghcr.io/acme/web:1.2
  pushboat push web:1.2 oci-archive:web.tar:1.2
  pushboat push containers-storage:web:1.2 docker-archive:web.tar:acme/web:1.2
  pushboat push web:1.2 ghcr.io/acme/web:1.2 --target oci:/srv/mirror:web-1.2
  pushboat push --all-tags ./my-layout docker-archive:all.tar
  pushboat push '*.tar' --to harbor.example/airgap --receipt receipt.csv
  pushboat push --from images.txt --fail-fast
  docker save web:1.2 | pushboat push - ghcr.io/acme/web:1.2
  printf '%s:%s' "$USER_NAME" "$TOKEN" | pushboat push --creds - web:1.2 ghcr.io/acme/web:1.2

Ctrl-C 停止推送；再次运行同一命令会从该处继续。再按一次 Ctrl-C 立即结束。`,

  login: `
示例：
  pushboat login                                    # 列出已知的镜像仓库
  pushboat login ghcr.io
  pushboat login ghcr.io/acme                       # 只用于 acme 的仓库
  printf %s "$TOKEN" | pushboat login --username ann --password-stdin ghcr.io`,

  completion: `
脚本的存放位置：
  bash   pushboat completion bash > ~/.local/share/bash-completion/completions/pushboat
  zsh    pushboat completion zsh > $fpath 中的某个文件夹，命名为 _pushboat
  fish   pushboat completion fish > ~/.config/fish/completions/pushboat.fish`,
};
