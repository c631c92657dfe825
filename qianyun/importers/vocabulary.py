"""Vocabulary: the closed words that people choose from in ledgers, with the numbers of the forms.

The first word of a meaning is the one that we write. Words are folded, small and without blanks.
"""

from collections.abc import Sequence
from enum import Enum

from qianyun.estate.kinds import (
    Architecture,
    Category,
    DependencyKind,
    DependencySource,
    Disposition,
    Environment,
    Level,
    MlpsLevel,
    Network,
    Operator,
    Origin,
    RoomKind,
    RoomOutcome,
    Scope,
    Secrecy,
    ServerKind,
    VendorRole,
)
from qianyun.importers.choices import Choice


def _choice(words: Sequence[tuple[object, str]], *, order: bool = True) -> Choice:
    """Meanings in the order of the form, each with its words; its value in YAML and CSV is one more."""
    labels: dict[str, object] = {}
    for meaning, text in words:
        plain = [str(meaning.value)] if isinstance(meaning, Enum) and isinstance(meaning, str) else []
        labels.update(dict.fromkeys([*text.split(), *plain], meaning))
    return Choice(labels=labels, order=tuple(meaning for meaning, _text in words) if order else ())


LEVEL = _choice(
    (
        (Level.PROVINCE, "省级 省 省直 省本级 省直单位"),
        (Level.CITY, "市级 市 地市 市直 地级市 市本级 地市级"),
        (Level.COUNTY, "县级 县 区县 县区 区 县直 区县级 县(市、区) 县(区)"),
        (Level.TOWN, "镇级 镇 乡镇 乡镇级 街道 乡 镇街 乡镇(街道)"),
        (Level.VILLAGE, "村级 村 社区 村居 行政村 村(社区)"),
    )
)
ROOM_KIND = _choice(
    (
        (RoomKind.OWNED, "自建 自有 自建机房 自有产权 自建(自有)"),
        (RoomKind.RENTED, "租赁 租用 租赁机房 租用机房"),
        (RoomKind.HOSTED, "托管 托管机房 idc托管 主机托管"),
    )
)
OUTCOME = _choice(
    (
        (RoomOutcome.RETAIN_LOCAL_DATA, "保留(本地数据) 保留-本地数据 本地数据保留 保留本地数据"),
        (RoomOutcome.RETAIN_SPECIAL, "保留(特殊需求) 保留-特殊需求 特殊需求保留 保留特殊需求"),
        (RoomOutcome.CONVERT_AGGREGATION, "转为汇聚节点 汇聚节点 转汇聚节点 改为汇聚节点 网络汇聚节点"),
        (RoomOutcome.CLOSE, "关闭 撤并 撤销 关停 整合撤并 关闭撤并"),
    )
)
NETWORK = _choice(
    (
        (Network.INTERNET, "互联网 公网 因特网 internet网"),
        (Network.EXTRANET, "政务外网 外网 电子政务外网"),
        (Network.DEPARTMENT_PRIVATE, "业务专网 部门专网 专网 单位专网 行业专网"),
        (Network.INTRANET, "政务内网 内网 电子政务内网"),
        (Network.LAN, "局域网 单位局域网 内部局域网"),
    )
)
OPERATOR = _choice(
    (
        (Operator.TELECOM, "电信 中国电信 电信公司"),
        (Operator.MOBILE, "移动 中国移动 移动公司"),
        (Operator.UNICOM, "联通 中国联通 联通公司"),
        (Operator.BROADCAST, "广电 中国广电 广电网络 广电有线 广电公司"),
        (Operator.OTHER, "其他 其它 自建光纤 自建"),
    )
)
ORIGIN = _choice(
    (
        (Origin.NATIONAL, "国家垂直 国垂 国家统建 国家级垂直 国家垂直系统 部委统建"),
        (Origin.PROVINCIAL, "省级垂直 省垂 省统建 省级统建 省垂直 省级垂直系统"),
        (Origin.SELF_BUILT, "自建 自建系统 本单位自建 单位自建"),
    )
)
SCOPE = _choice(
    (
        (Scope.UNIT, "单位内部 本单位 部门内部 内部 单位内"),
        (Scope.NATIONAL, "国家垂直 国垂 全国 国家级"),
        (Scope.PROVINCIAL, "覆盖省级 省级 省直 省本级"),
        (Scope.PROVINCE_CITY, "省市 省-市 省市两级 覆盖省市 省、市"),
        (Scope.PROVINCE_COUNTY, "省县 省-市-县 省市县 省市县三级 覆盖省县 省、市、县"),
        (Scope.BELOW_COUNTY, "省县以下 县以下 省市县乡 覆盖县以下 省县以下各级"),
    )
)
CATEGORY = _choice(
    (
        (Category.APPLICATION, "应用层系统 应用层 应用系统 业务应用 应用"),
        (Category.SUPPORT, "应用支撑层系统 应用支撑层 应用支撑 支撑层系统 支撑系统 支撑"),
        (Category.INFRASTRUCTURE, "基础设施层系统 基础设施层 基础设施 基础设施系统"),
    )
)
ARCHITECTURE = _choice(
    (
        (Architecture.BROWSER, "b/s bs b/s架构 b/s结构 bs架构 浏览器"),
        (Architecture.CLIENT, "c/s cs c/s架构 c/s结构 cs架构 客户端"),
        (Architecture.MIXED, "b/s+c/s 混合 b/s、c/s b/s和c/s b/s,c/s b/s与c/s 混合架构 c/s+b/s"),
    )
)
SECRECY = _choice(
    (
        (Secrecy.CLASSIFIED, "涉密 是 涉密系统 秘密 机密"),
        (Secrecy.UNCLASSIFIED, "非涉密 否 不涉密 非涉密系统 非密 未涉密"),
    )
)
MLPS = _choice(
    (
        (MlpsLevel.ONE, "一级 1级 第一级 等保一级 等保1级 第1级 壹级"),
        (MlpsLevel.TWO, "二级 2级 第二级 等保二级 等保2级 第2级 贰级 s2a2g2"),
        (MlpsLevel.THREE, "三级 3级 第三级 等保三级 等保3级 第3级 叁级 s3a3g3 s3a2g3 s2a3g3"),
        (MlpsLevel.FOUR, "四级 4级 第四级 等保四级 等保4级 第4级 肆级 s4a4g4"),
        (None, "未定级 暂未定级 未定 未评级 未定级备案 不定级"),
    )
)
DISPOSITION = _choice(
    (
        (Disposition.MIGRATE, "迁移 迁移上云 上云 迁移整合 整体迁移 迁移至政务云"),
        (Disposition.INTEGRATE, "接口对接 对接 数据对接 开放接口"),
        (Disposition.TAKE_OVER, "纳管 接管 平台纳管"),
        (Disposition.MERGE, "整合 合并 功能整合 归并"),
        (Disposition.RETIRE, "下线 停用 关停 清理 关停下线 废弃"),
        (Disposition.INTRANET, "迁入政务内网 政务内网 迁移至政务内网"),
        (Disposition.DEFER, "暂缓 暂缓整合 缓迁 暂缓迁移 暂不迁移"),
    )
)
SERVER_KIND = _choice(
    (
        (ServerKind.PHYSICAL, "物理机 物理服务器 服务器 实体机 裸金属 小型机"),
        (ServerKind.VIRTUAL, "虚拟机 云主机 云服务器 虚机 ecs 虚拟服务器"),
        (ServerKind.CONTAINER, "容器 docker k8s pod"),
        (ServerKind.NETWORK, "网络设备 网络 交换机 路由器 负载均衡"),
        (ServerKind.SECURITY, "安全设备 安全 防火墙 入侵防御 网闸 堡垒机"),
        (ServerKind.STORAGE, "存储设备 存储 存储阵列 磁盘阵列 备份一体机"),
    )
)
ENVIRONMENT = _choice(
    (
        (Environment.PRODUCTION, "生产 生产环境 正式 正式环境 prod"),
        (Environment.TEST, "测试 测试环境 开发测试 开发 test"),
        (Environment.STAGING, "灰度 灰度环境 预生产 预发布 准生产 uat"),
    )
)
DEPENDENCY_KIND = _choice(
    (
        (DependencyKind.DATA, "数据 数据交换 库表 库表交换 数据库 数据共享"),
        (DependencyKind.FILE, "文件 文件交换 ftp 文件传输"),
        (DependencyKind.STREAM, "流媒体 视频 视频流 音视频"),
        (DependencyKind.REQUEST, "请求 接口 接口调用 api webservice 服务调用 服务接口 api接口 http"),
    )
)
DEPENDENCY_SOURCE = _choice(
    ((DependencySource.DECLARED, "申报 填报 部门申报"), (DependencySource.OBSERVED, "观测 实测 流量观测 采集"))
)
ROLE = _choice(
    (
        (VendorRole.DEVELOPMENT, "开发 承建 开发厂商 建设 承建商 开发单位"),
        (VendorRole.MAINTENANCE, "运维 维护 运维厂商 运维服务 运维单位"),
        (VendorRole.SECURITY, "安全 安全厂商 安全服务"),
    )
)
YES_NO = _choice(
    (
        (True, "是 有 1 y yes √ ✓ ✔ true 已 需要 已接入 对 需"),
        (False, "否 无 0 n no × x ✗ false 未 不 没有 未接入 不需要 非"),
    )
)
ZONE = _choice(
    (
        ("internet", "互联网区 internet 公网区 互联网 互联网资源池"),
        ("extranet", "政务外网区 extranet 外网区 公用网络区 政务外网 公共网络区"),
        ("exchange", "数据交换安全区 exchange 数据交换区 交换区 dmz dmz区 隔离区 安全交换区"),
    ),
    order=False,
)
