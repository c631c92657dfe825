"""Columns: the headings that occur in departments' sheets, as data, and what each cell means.

One `Ledger` for each kind of sheet. The first heading of a column is the one that we write
ourselves; the others were seen in forms. A column without fields is known and not kept, so that
nobody is told that 备注 is unknown.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from qianyun.errors import QianyunError
from qianyun.importers.choices import Choice
from qianyun.importers.days import first_day, last_day
from qianyun.importers.measures import (
    AREA,
    BANDWIDTH,
    CORES,
    COUNT,
    HOURS,
    MEBIBYTES,
    POWER,
    STORAGE,
    WAN_YUAN,
    YUAN_A_MONTH,
    Measure,
    hardware,
    percent,
)
from qianyun.importers.products import database, middleware, operating_system, processor
from qianyun.importers.values import Reader, addresses, contact, name, names, phone, port, ports, prose, region_code
from qianyun.importers.vocabulary import (
    ARCHITECTURE,
    CATEGORY,
    DEPENDENCY_KIND,
    DEPENDENCY_SOURCE,
    DISPOSITION,
    ENVIRONMENT,
    LEVEL,
    MLPS,
    NETWORK,
    OPERATOR,
    ORIGIN,
    OUTCOME,
    ROLE,
    ROOM_KIND,
    SCOPE,
    SECRECY,
    SERVER_KIND,
    YES_NO,
    ZONE,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One column of a ledger.

    Attributes:
        headings: Ours first.
        fields: Fields of the fact that it fills; several where one cell holds several values,
            none where the column is known and not kept.
        reads: From a cell to the value.
        is_several: The choice allows several words in one cell.
        is_key: Identifies the row with the other keys; never blank.
        is_needed: Blank only for a zombie system; `/` and 无 are answers, a blank is none.
    """

    headings: tuple[str, ...]
    fields: tuple[str, ...]
    reads: Reader | Measure | Choice
    is_several: bool = False
    is_key: bool = False
    is_needed: bool = False

    def reader(self, unit: str) -> Reader:
        """The reader of a cell under a heading with this unit."""
        if isinstance(self.reads, Measure):
            return self.reads.reader(unit)
        if isinstance(self.reads, Choice):
            return self.reads.read_several if self.is_several else self.reads.read
        return self.reads


@dataclass(frozen=True, kw_only=True)
class Ledger:
    """One kind of sheet.

    Attributes:
        kind: Field of `Estate` that its rows become.
        title: Name of the sheet in our own workbook.
    """

    kind: str
    title: str
    columns: tuple[Column, ...]

    @cached_property
    def column_of(self) -> Mapping[str, Column]:
        """Column by the field it fills alone; those that split one cell are not in it."""
        return {column.fields[0]: column for column in reversed(self.columns) if len(column.fields) == 1}


def _column(
    field: str,
    headings: str,
    reads: Reader | Measure | Choice,
    *,
    is_several: bool = False,
    is_key: bool = False,
    is_needed: bool = False,
) -> Column:
    """One line of the tables below: fields and headings parted by blanks."""
    found = Column(
        headings=tuple(headings.split()),
        fields=tuple(field.split()),
        reads=reads,
        is_several=is_several,
        is_key=is_key,
        is_needed=is_needed,
    )
    if not found.headings:
        raise QianyunError(f"column {field!r} has no heading")
    return found


_OTHERS = _column(
    "", "备注 序号 编号 No. 说明 备注与说明 备注说明 问题 存在问题 填表人 填报人 填报时间 填报日期 附件 拓扑图", prose
)
_OWNER = "单位名称 所属单位 所属部门 部门全称 单位 部门 部门名称 单位全称 客户名称 主管部门 应用主管部门 业务部门 主管单位 使用单位 使用部门"
_SYSTEM = "系统名称 政务信息系统名称 信息系统名称 应用系统名称 应用名称 业务系统名称 业务系统 项目名称 所属系统 所属业务系统 应用系统 所属应用"
_CONTACT = (
    _column(
        "contact_name contact_phone",
        "联系人 联系人姓名手机 联系人及电话 联系人和电话 负责人 责任人 部门对接人 对接人 系统负责人 管理员",
        contact,
    ),
    _column("contact_phone", "联系电话 手机 手机号 手机号码 联系方式 电话 联系人电话 联系人手机 负责人电话", phone),
)
_NO_CONTACT = _column("", " ".join(heading for column in _CONTACT for heading in column.headings), prose)
"""Where the fact keeps no contact."""
_ROOM = "所属机房 承载机房 部署位置 系统部署位置 部署地点 机房 机房位置 机房名称 所在机房 部署机房"
_ADDRESSES = (
    "IP地址 IP 私有IP 业务IP 内网IP 业务私网IP 私有IPV6 IPv6地址 IPv6 互联网IPv6 内大网IP 政务外网IP 公网IP 互联网IPv4 "
    "互联网IP地址 互联网IP EIP地址 EIP VIP地址 VIP 内网IP地址 公网IP地址"
)
_OS = "操作系统 OS 操作系统及版本 OS发行版 应用服务器操作系统 操作系统类型 操作系统名称 服务器操作系统 数据库服务器操作系统"

DEPARTMENTS = Ledger(
    kind="departments",
    title="部门",
    columns=(
        _column("name", f"{_OWNER} 机构名称", name, is_key=True),
        _column("short_name", "简称 单位简称 部门简称", name),
        _column("level", "级别 单位级别 层级 行政级别 行政层级 部门层级 单位层级", LEVEL, is_needed=True),
        _column(
            "region_code",
            "行政区划 行政区划代码 所属区划 区划代码 所属地市 行政区划编码 区划",
            region_code,
            is_needed=True,
        ),
        _column("parent", "上级单位 上级部门 主管单位 上级主管单位 上级主管部门 所属上级", name),
        *_CONTACT,
        _column("", "地址 单位地址 单位性质 编码 单位编码 统一社会信用代码 社会信用代码", prose),
        _OTHERS,
    ),
)

ROOMS = Ledger(
    kind="rooms",
    title="机房",
    columns=(
        _column("name", "机房名称 机房 机房全称", name, is_key=True),
        _column("code", "机房编号 机房编码 机房代码", name),
        _column("department", f"{_OWNER} 管理单位 归属单位 产权单位", name, is_needed=True),
        _column("address", "机房地址 地址 详细地址 机房位置 地理位置", prose),
        _column("kind", "机房性质 机房类型 性质 产权性质", ROOM_KIND),
        _column("grade", "机房等级 等级 机房级别", prose),
        _column("area_m2", "机房面积 面积 建筑面积 使用面积", AREA),
        _column("rack_count", "机柜数 机柜数量 机柜 机架数 机柜总数", COUNT),
        _column("power_kw", "供电容量 功率 电力容量 总功率 用电负荷 电力", POWER),
        _column("ups_model", "UPS型号 UPS UPS品牌型号", prose),
        _column("monthly_cost_yuan", "月租费 月费用 每月费用 月租金 月运行费", YUAN_A_MONTH),
        _column("outcome", "处置方式 整合方式 撤并方式 机房去向 整合去向 处置意见", OUTCOME),
        _column("outcome_reason", "处置理由 保留理由 保留原因 原因 理由 处置原因", prose),
        _column("withdraw_by", "撤并期限 计划撤并时间 关闭时间 撤并时间 计划关闭时间 关停时间", last_day),
        *_CONTACT,
        _column("", "专线数 服务器数 服务器数量 空调 消防 承载系统 承载系统数 建成时间 投产时间", prose),
        _OTHERS,
    ),
)

_LINE_END = "合同到期 合同截止日 合同截止时间 合同到期时间 合同到期日 合同到期日期 合同截止日期 到期时间 到期日"
_RENT = "月租费 月租 月租金 月费用 费用 租费 资费 月资费 每月费用"

LINES = Ledger(
    kind="lines",
    title="专线",
    columns=(
        _column("number", "专线编号 线路编号 电路编号 电路代号 专线号 线路号 电路编码 专线编码", name, is_key=True),
        _column("department", f"{_OWNER} 租用单位", name, is_needed=True),
        _column("room", f"{_ROOM} 接入机房 落地机房 终点机房", name),
        _column(
            "network", "网络类型 接入网络 所属网络 网络 承载网络 专线类型 线路类型 网络名称", NETWORK, is_needed=True
        ),
        _column("access", "接入方式 接入类型", prose),
        _column("operator", "运营商 接入运营商 电信运营商 线路运营商 承租运营商", OPERATOR),
        _column("bandwidth_mbps", "带宽 速率 线路速率 线路带宽 接入带宽 专线带宽", BANDWIDTH),
        _column("monthly_cost_yuan", _RENT, YUAN_A_MONTH),
        _column("contract_end", _LINE_END, last_day),
        _column("addresses", _ADDRESSES, addresses),
        _column("systems", "承载系统 承载业务系统 业务系统名称 业务系统 承载业务 系统名称 使用系统", names),
        _column("", "起止点 起点 终点 用途 线路用途 合同起止 合同期限 合同编号 开通时间", prose),
        _NO_CONTACT,
        _OTHERS,
    ),
)

WIDE_NETWORKS: Mapping[str, tuple[str, ...]] = {
    "internet": ("互联网", "公网"),
    "department_private": ("业务专网", "部门专网", "单位专网", "专网"),
    "extranet": ("政务外网", "电子政务外网", "外网"),
    "intranet": ("政务内网", "电子政务内网", "内网"),
}
"""Networks of a wide sheet, by the value of `Network`, with the words before its headings."""

WIDE_PARTS: tuple[tuple[str, str, Reader | Measure | Choice], ...] = (
    ("has_access", "有无接入 是否接入 接入情况 有无", YES_NO),
    ("access", "接入方式 接入类型", prose),
    ("operator", "接入运营商 运营商", OPERATOR),
    ("bandwidth_mbps", "线路带宽 带宽 接入带宽", BANDWIDTH),
    ("addresses", "IP地址 IP IP地址段", addresses),
    ("systems", "业务系统名称 业务系统 承载系统 承载业务系统", names),
    ("topology", "拓扑图 网络拓扑图 拓扑", prose),
    ("contract_end", _LINE_END, last_day),
    ("monthly_cost_yuan", _RENT, YUAN_A_MONTH),
    ("ends", "起止点", prose),
)


def _wide_columns() -> tuple[Column, ...]:
    found = [
        _column("department", _OWNER, name, is_key=True),
        _column("room", f"{_ROOM} 接入机房", name),
    ]
    for network, words in WIDE_NETWORKS.items():
        for field, headings, reads in WIDE_PARTS:
            wide = " ".join(f"{word}{heading}" for heading in headings.split() for word in words)
            found.append(_column(f"{network}.{field}", wide, reads))
    return (*found, _NO_CONTACT, _OTHERS)


WIDE_LINES = Ledger(kind="wide_lines", title="网络接入情况", columns=_wide_columns())

VENDORS = Ledger(
    kind="vendors",
    title="厂商",
    columns=(
        _column(
            "name", "厂商名称 公司名称 供应商名称 企业名称 厂商 服务商名称 供应商 服务商 单位名称", name, is_key=True
        ),
        _column("roles", "厂商类型 服务类型 承担角色 角色 类型 服务内容", ROLE, is_several=True, is_needed=True),
        _column("parallel_capacity", "并行能力 并行实施能力 同时实施能力 可并行系统数 并行实施系统数", COUNT),
        _column("", "联系人 联系电话 地址 资质 统一社会信用代码 社会信用代码 负责人 联系方式", prose),
        _OTHERS,
    ),
)

SYSTEMS = Ledger(
    kind="systems",
    title="业务系统",
    columns=(
        _column("department", f"{_OWNER} 业主单位 建设单位", name, is_key=True),
        _column("name", _SYSTEM, name, is_key=True),
        _column("code", "系统编码 应用编号 项目编号 系统标识 系统编号 系统代码 应用编码", name),
        _column("office", "业务处室 责任处室 主管处室 归口科室名称 归口科室 责任科室 实施处室 使用处室 科室", name),
        _column("function", "业务功能 系统功能 应用简介 系统描述 功能描述 系统简介 主要功能 功能简介", prose),
        _column("category", "系统类别 应用类型 系统类型 系统分类", CATEGORY),
        _column("origin", "系统来源 建设来源 国垂省垂自建 国垂/省垂/自建 来源", ORIGIN, is_needed=True),
        _column("scope", "使用范围 系统层级 覆盖范围 应用范围", SCOPE, is_needed=True),
        _column("user_kind", "使用对象 服务对象 用户类型 用户对象", prose),
        _column("user_count", "用户数 注册用户数 用户数量 用户规模 使用人数", COUNT),
        _column("is_zombie", "是否为僵尸信息系统 僵尸系统 是否僵尸系统 是否为僵尸系统 是否僵尸 僵尸信息系统", YES_NO),
        _column("secrecy", "是否涉密 涉密分类 涉密情况 密级", SECRECY),
        _column(
            "mlps_level",
            "等保级别 安全级别 等级保护级别 信息安全等保级别 定级 等保定级 等保等级 安全保护等级 定级情况 等保定级级别 信息安全等级",
            MLPS,
            is_needed=True,
        ),
        _column("filing_number", "等保备案编号 备案编号 备案号 等保备案号 备案证明编号", name),
        _column("filed_on", "备案时间 等保备案时间 备案日期", first_day),
        _column("assessed_on", "等保测评时间 测评时间 最近测评时间 等保测评日期 测评日期", first_day),
        _column("crypto_assessed_on", "密码测评时间 密评时间 密码应用安全性评估时间 密评日期", first_day),
        _column(
            "live_on", "建成时间 上线时间 上线年份 建成年份 投入使用时间 投产时间 上线日期 建成日期 启用时间", first_day
        ),
        _column("retired_on", "停用时间 下线日期 下线时间 停用日期", first_day),
        _column("development_vendor", "承建单位 开发厂商 开发单位 承建商 实施单位 承建厂商 开发商 系统承建单位", name),
        _column("maintenance_vendor", "运维单位 运维厂商 运维服务商 维护单位 运维公司", name),
        _column("security_vendor", "安全厂商 安全服务商 安全服务单位", name),
        _column(
            "contract_end",
            "运维合同签署到期时间 维保到期 合同到期 合同到期时间 运维到期时间 维保到期时间 运维合同到期时间 运维合同到期",
            last_day,
        ),
        _column("build_cost_wan_yuan", "建设金额 建设资金 投资金额 建设投资 总投资 项目金额 建设经费", WAN_YUAN),
        _column(
            "yearly_cost_wan_yuan", "运维金额 年度运维费 运维经费 年运维费 运维费用 年运维费用 年度运维费用", WAN_YUAN
        ),
        _column("room", _ROOM, name, is_needed=True),
        _column(
            "networks",
            "承载网络 所属网络 系统已接入的网络类型 已接入 网络环境 部署网络 接入网络 网络类型 接入网络类型 已接入网络",
            NETWORK,
            is_several=True,
        ),
        _column("architecture", "系统架构 网络结构模式 架构 技术架构 体系结构", ARCHITECTURE),
        _column("domain", "域名 域名地址 访问主页 访问地址 系统网址 网址", name),
        _column("addresses", f"{_ADDRESSES} 服务器IP", addresses),
        _column("vcpu", "CPU核数 CPU vCPU CPU总核数 vCPU数 CPU总数 CPU核数合计", CORES),
        _column("memory_gib", "内存 内存总量 内存大小 内存合计", STORAGE),
        _column("storage_gib", "存储 存储总量 存储容量 磁盘 磁盘容量 数据盘 存储空间 硬盘", STORAGE),
        _column("vcpu memory_gib storage_gib", "硬件配置 服务器配置 资源配置 配置", hardware),
        _column("data_gib", "数据量 数据总量 数据备份量 数据规模 存量数据", STORAGE),
        _column(
            "downtime_hours", "可中断时间 停机窗口 割接窗口 允许中断时长 可停机时间 可中断时长 允许停机时间", HOURS
        ),
        _column("ready_on", "可迁移时间 具备迁移条件时间 就绪时间 迁移就绪时间 最早迁移时间", first_day),
        _column("zone", "网络区域 网络分区 目标分区 云区域 区域名称 部署区域", ZONE),
        _column("disposition", "迁移方式 处置方式 整合方式 系统去向 处置意见", DISPOSITION),
        _column("disposition_reason", "处置理由 暂缓整合原因说明 暂缓原因 暂缓整合原因 原因说明 暂缓理由", prose),
        _column("is_deferred", "是否申请暂缓整合 是否暂缓 是否申请暂缓 暂缓整合", YES_NO),
        _column(
            "dependencies",
            "对接其它系统名称 对接其他系统名称 依赖系统 关联系统 上下游系统 对接系统 对接系统名称",
            names,
        ),
        *_CONTACT,
        _column(
            "",
            "建设依据 审批部门 审批时间 建设类型 建设方式 建设起始时间 资金来源 使用频度 使用频率 是否等保备案 备案机关 "
            "是否等保测评 测评机构 测评得分 是否密码测评 密码测评级别 密码测评编号 是否与其他系统对接 是否与其它系统对接 "
            "接口方式 交换方式 并发数 访问量 是否国产化 国产化改造 国产化情况 是否信创 国产信创 是否全栈信创 信创改造情况 升级需求 升级需求详细说明 "
            "迁移批次 计划迁移时间 回退要求 业务高峰期 主要业务时段 变更投产时点 迁移状态 是否备份 备份方式 备份点位置 "
            "备份策略 保留周期 应用容灾 RTO RPO 灾备等级 运行环境 所属地市 所属区划 开发语言 系统状态 是否等保定级 "
            "操作系统 数据库 数据库类型 数据库版本 中间件 中间件类型 中间件版本 服务器数量 服务器台数",
            prose,
        ),
        _OTHERS,
    ),
)

_PART_OWNER = (
    _column("department", _OWNER, name, is_key=True),
    _column("system", _SYSTEM, name, is_key=True),
)
_HOST = "主机名 服务器名 机器名 服务器名称 主机名称 设备名称 服务器 服务器主机名 虚拟机名称 云主机名称 实例名称"

SERVERS = Ledger(
    kind="servers",
    title="主机",
    columns=(
        *_PART_OWNER,
        _column("name", _HOST, name, is_key=True),
        _column("kind", "服务器类型 设备类型 设备大类 主机类型 类型", SERVER_KIND),
        _column(
            "model",
            "设备型号 型号 规格型号 品牌型号 设备品牌型号 品牌及型号 设备品牌及型号 服务器型号 主机型号 产品型号",
            prose,
        ),
        _column("serial", "序列号 设备序列号 产品序列号 出厂编号 SN S/N SN号 序列号SN 设备SN 机器序列号", name),
        _column("environment", "环境 所属环境 运行环境 环境类型", ENVIRONMENT),
        _column("cpu_arch", "CPU架构 处理器架构 CPU类型 芯片架构 CPU型号", processor),
        _column("vcpu", "CPU核数 CPU vCPU 核数 CPU数量 vCPU数", CORES),
        _column("memory_gib", "内存 内存大小 内存容量", STORAGE),
        _column("system_disk_gib", "系统盘 系统盘大小 系统盘容量", STORAGE),
        _column("data_disk_gib", "数据盘 存储 磁盘 数据盘大小 数据盘容量 硬盘 磁盘容量 存储容量", STORAGE),
        _column("vcpu memory_gib data_disk_gib", "硬件配置 配置 服务器配置 主机配置", hardware),
        _column("operating_system operating_system_version", _OS, operating_system),
        _column("operating_system_version", "操作系统版本 OS版本 系统版本 软件版本 固件版本 设备软件版本", name),
        _column("addresses", _ADDRESSES, addresses),
        _column("room", _ROOM, name),
        _column("zone", "网络区域 网络分区 云区域 区域名称 部署区域 所在分区", ZONE),
        _column("cpu_peak_percent", "CPU使用率 CPU峰值 CPU峰值使用率 CPU利用率", percent),
        _column("memory_peak_percent", "内存使用率 内存峰值 内存峰值使用率 内存利用率", percent),
        _column("database.product database.version", "数据库类型 数据库 数据库名称 数据库软件 数据库及版本", database),
        _column("database.version", "数据库版本", name),
        _column("database.port", "数据库端口", port),
        _column("database.deployment", "数据库部署模式 部署模式", prose),
        _column("database.data_gib", "数据量 数据库数据量 数据库容量", STORAGE),
        _column(
            "middleware.product middleware.version", "中间件类型 中间件 中间件名称 中间件软件 中间件及版本", middleware
        ),
        _column("middleware.version", "中间件版本", name),
        _column("middleware.port", "中间件端口 端口", port),
        _column(
            "",
            "内核版本 是否信创OS 国产信创 是否全栈信创 虚拟化部署 虚拟化软件厂商 共享磁盘 对象存储 实例名 数据库实例名 使用人 管理人 品牌 "
            "设备品牌 设备厂商 生产厂商 机柜 U位 购置时间 用途 峰值",
            prose,
        ),
        _NO_CONTACT,
        _OTHERS,
    ),
)

DATABASES = Ledger(
    kind="databases",
    title="数据库",
    columns=(
        *_PART_OWNER,
        _column("server", _HOST, name, is_key=True),
        _column("product version", "数据库类型 数据库 数据库名称 数据库软件 数据库产品", database, is_key=True),
        _column("version", "版本 数据库版本", name),
        _column("port", "端口 数据库端口", port),
        _column("deployment", "部署模式 数据库部署模式", prose),
        _column("data_gib", "数据量 数据库数据量 数据库容量", STORAGE),
        _column("", "实例名 数据库实例名", prose),
        _NO_CONTACT,
        _OTHERS,
    ),
)

MIDDLEWARE = Ledger(
    kind="middleware",
    title="中间件",
    columns=(
        *_PART_OWNER,
        _column("server", _HOST, name, is_key=True),
        _column("product version", "中间件类型 中间件 中间件名称 中间件软件 中间件产品", middleware, is_key=True),
        _column("version", "版本 中间件版本", name),
        _column("port", "端口 中间件端口", port),
        _NO_CONTACT,
        _OTHERS,
    ),
)

DEPENDENCIES = Ledger(
    kind="dependencies",
    title="系统依赖",
    columns=(
        _column("source.department", f"{_OWNER} 源单位 请求方单位 源系统单位 调用方单位", name, is_key=True),
        _column("source.name", f"{_SYSTEM} 源系统 请求方系统 源系统名称 调用方系统 调用方", name, is_key=True),
        _column(
            "target.department",
            "对接单位 目标单位 对端单位 提供方单位 目标系统单位 对接系统单位 对接系统所属单位",
            name,
        ),
        _column(
            "target.name",
            "对接系统名称 对接其它系统名称 对接其他系统名称 对接系统 依赖系统 目标系统 对端系统 提供方系统 目标系统名称 依赖系统名称",
            name,
            is_key=True,
        ),
        _column("kind", "对接类型 依赖类型 交换内容 接口方式 交换方式 接口类型", DEPENDENCY_KIND),
        _column("protocol", "协议 接口协议 传输协议", name),
        _column("ports", "端口 端口号 服务端口 目标端口", ports),
        _column("daily_mib", "日交换量 每日数据量 日均数据量 日数据量", MEBIBYTES),
        _column("is_latency_sensitive", "时延敏感 是否时延敏感 时延要求", YES_NO),
        _column("is_hard", "强依赖 是否强依赖", YES_NO),
        _column("known_from", "依赖来源 来源", DEPENDENCY_SOURCE),
        _column("confidence", "置信度 可信度", percent),
        _column("", "方向 频率 对接频率 交换频率", prose),
        _NO_CONTACT,
        _OTHERS,
    ),
)

POOLS = Ledger(
    kind="pools",
    title="资源池",
    columns=(
        _column("zone", "资源池 分区 网络区域 网络分区 云区域 资源池名称", ZONE, is_key=True),
        _column("starts_on", "启用日期 启用时间 生效日期 起始日期", first_day, is_key=True),
        _column("vcpu", "vCPU CPU核数 vCPU总数 CPU", CORES, is_needed=True),
        _column("memory_gib", "内存 内存总量", STORAGE, is_needed=True),
        _column("storage_gib", "存储 存储总量 存储容量", STORAGE, is_needed=True),
        _column("egress_mbps", "出口带宽 互联网出口带宽 统一出口带宽", BANDWIDTH),
        _column("addresses", "地址数 可分配地址数 IP地址数", COUNT),
        _column("safety_percent", "安全水位 可用比例 使用上限", percent),
        _OTHERS,
    ),
)

LEDGERS: tuple[Ledger, ...] = (
    DEPARTMENTS,
    ROOMS,
    VENDORS,
    SYSTEMS,
    LINES,
    WIDE_LINES,
    SERVERS,
    DATABASES,
    MIDDLEWARE,
    DEPENDENCIES,
    POOLS,
)
"""All kinds, in the order in which rows refer to one another."""
