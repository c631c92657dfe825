"""Layouts: eight ways in which departments list their systems, and the other sheets' own ways."""

from inventory.generator.forms import Layout, columns
from inventory.generator.wording import Style

PLAIN = Layout(
    title=("政务信息系统基本情况调查表", "填报单位：{department}　　填报日期：2026年6月15日"),
    columns=columns(
        "department 单位名称", "name 系统名称", "code 系统编码", "office 业务处室", "function 业务功能",
        "category 系统类别", "origin 系统来源", "scope 使用范围", "user_kind 使用对象", "user_count 用户数",
        "is_zombie 是否为僵尸信息系统", "secrecy 是否涉密", "mlps_level 等保级别", "filing_number 等保备案编号",
        "filed_on 备案时间", "assessed_on 等保测评时间", "crypto_assessed_on 密码测评时间", "live_on 建成时间",
        "development_vendor 承建单位", "maintenance_vendor 运维单位", "security_vendor 安全厂商",
        "contract_end 运维合同签署到期时间", "build_cost_wan_yuan 建设金额（万元）",
        "yearly_cost_wan_yuan 年度运维费（万元）", "room 所属机房", "networks 系统已接入的网络类型",
        "architecture 系统架构", "domain 域名", "addresses IP地址", "vcpu CPU核数", "memory_gib 内存（GB）",
        "storage_gib 存储（GB）", "data_gib 数据量（GB）", "downtime_hours 可中断时间（小时）", "ready_on 可迁移时间",
        "zone 网络区域", "disposition 处置方式", "disposition_reason 处置理由", "contact_name 联系人",
        "contact_phone 联系电话",
    ),
    notes=("注：带*号的为必填项；僵尸信息系统只填名称与所属机房。",),
)  # fmt: skip

GROUPED = Layout(
    title=("{department}信息系统整合共享摸底表",),
    style=Style(day="slash", month="dot", levels="digit", is_coded=True, blank="--"),
    columns=columns(
        "department 单位名称", "name 政务信息系统名称 系统基本信息", "function 系统功能 系统基本信息",
        "category 系统类别(1.应用层2.应用支撑层3.基础设施层) 系统基本信息",
        "origin 系统来源(1.国垂2.省垂3.自建) 系统基本信息",
        "scope 使用范围(1.单位内部2.国家垂直3.覆盖省级4.省市5.省县6.省县以下) 系统基本信息",
        "user_count 注册用户数 系统基本信息", "live_on 投入使用时间 系统基本信息",
        "is_zombie 是否为僵尸信息系统 僵尸系统信息", "secrecy 涉密分类 安全信息",
        "mlps_level 信息安全等保级别(0.未定级1.一级2.二级3.三级4.四级) 安全信息",
        "assessed_on 等保测评时间 安全信息", "room 系统部署位置 部署信息", "networks 网络环境 部署信息",
        "architecture 网络结构模式(1.B/S2.C/S3.混合) 部署信息", "vcpu vCPU 部署信息", "memory_gib 内存(GB) 部署信息",
        "storage_gib 存储(GB) 部署信息", "data_gib 数据总量(GB) 部署信息", "development_vendor 开发单位 厂商信息",
        "maintenance_vendor 运维服务商 厂商信息", "contract_end 维保到期 厂商信息",
        "build_cost_wan_yuan 建设资金(万元) 厂商信息", "yearly_cost_wan_yuan 运维经费(万元) 厂商信息",
        "is_deferred 是否申请暂缓整合 系统整合信息", "disposition 迁移方式 系统整合信息",
        "disposition_reason 暂缓整合原因说明 系统整合信息", "zone 网络区域 系统整合信息",
        "ready_on 具备迁移条件时间 系统整合信息", "downtime_hours 停机窗口(小时) 系统整合信息",
        "contact_name 联系人 备注与说明", "contact_phone 联系电话 备注与说明",
    ),
)  # fmt: skip

SECTIONED = Layout(
    title=("业务系统清单",),
    style=Style(day="chinese", month="chinese", levels="ordinal", blank="/"),
    has_sections=True,
    columns=columns(
        "department 所属单位", "name 业务系统名称", "office 归口科室名称", "function 应用简介", "origin 国垂/省垂/自建",
        "scope 系统层级", "is_zombie 是否为僵尸信息系统", "secrecy 是否涉密", "mlps_level 等级保护级别",
        "filing_number 备案编号", "filed_on 备案日期", "live_on 上线时间", "contact 联系人（姓名/手机）",
        "development_vendor 开发厂商", "maintenance_vendor 运维厂商", "contract_end 合同到期", "room 部署地点",
        "networks 承载网络", "hardware 硬件配置（CPU/内存/磁盘）", "data_gib 数据量(GB)",
        "downtime_hours 可停机时间(小时)", "ready_on 可迁移时间", "zone 云区域", "disposition 整合方式",
        "disposition_reason 原因说明", "addresses 业务IP",
    ),
)  # fmt: skip

LEGACY_CSV = Layout(
    format="csv-gb18030",
    style=Style(day="slash", month="dash", blank="--", mark="；"),
    has_numbers=False,
    columns=columns(
        "department 部门全称", "name 信息系统名称", "code 系统编号", "function 功能描述", "category 应用类型",
        "origin 系统来源", "scope 使用范围", "user_kind 服务对象", "user_count 用户数量", "is_zombie 僵尸系统",
        "secrecy 涉密情况", "mlps_level 安全级别", "live_on 投产时间", "development_vendor 承建商",
        "maintenance_vendor 运维厂商", "contract_end 合同到期时间", "build_cost_wan_yuan 投资金额(万元)",
        "yearly_cost_wan_yuan 年运维费(万元)", "room 机房", "networks 部署网络", "addresses 内网IP", "vcpu CPU(核)",
        "memory_gib 内存(G)", "storage_gib 磁盘(G)", "data_gib 数据规模(G)", "downtime_hours 允许停机时间(小时)",
        "ready_on 就绪时间", "zone 目标分区", "disposition 处置意见", "disposition_reason 处置理由",
        "contact_name 负责人", "contact_phone 手机",
    ),
)  # fmt: skip

WIDE_CSV = Layout(
    format="csv-bom",
    style=Style(day="dash", month="dot", blank="无", is_wide=True),
    ditto=("department", "room"),
    columns=columns(
        "department 所属部门", "name 应用系统名称", "origin 系统来源", "scope 使用范围", "user_count 使用人数",
        "is_zombie 是否僵尸系统", "secrecy 密级", "mlps_level 等保级别", "assessed_on 测评日期", "live_on 启用时间",
        "development_vendor 实施单位", "maintenance_vendor 维护单位", "contract_end 运维到期时间",
        "build_cost_wan_yuan 建设金额（万元）", "room 所在机房", "networks 接入网络", "vcpu ＣＰＵ核数",
        "memory_gib 内存（ＧＢ）", "storage_gib 存储（ＧＢ）", "data_gib 数据量（ＧＢ）",
        "downtime_hours 可中断时间（小时）", "ready_on 迁移就绪时间", "zone 网络分区", "disposition 处置方式",
        "disposition_reason 处置理由", "contact_name 对接人", "contact_phone 联系方式",
    ),
)  # fmt: skip

MISSPELT = Layout(
    title=("信息系统登保情况及上云意向统计表", "单位：{department}"),
    style=Style(day="serial", month="cell", has_units=True, blank="无", mark="\n"),
    columns=columns(
        "department 单位", "name 应用名称", "function 系统描述", "origin 来源", "scope 覆盖范围", "user_count 用户规模",
        "is_zombie 是否僵尸", "secrecy 是否涉密", "mlps_level 登保级别", "filing_number 登保备案号",
        "filed_on 登保备案时间", "assessed_on 登保测评时间", "live_on 建成日期", "development_vendor 开发商",
        "maintenance_vendor 运维公司", "security_vendor 安全服务商", "contract_end 维保到期时间",
        "build_cost_wan_yuan 总投资", "yearly_cost_wan_yuan 年运维费用", "room 部署机房", "networks 接入网络类型",
        "addresses IP", "domain 网址", "vcpu CPU", "memory_gib 内存", "storage_gib 存储容量", "data_gib 数据量",
        "downtime_hours 允许中断时长", "ready_on 最早迁移时间", "zone 部署区域", "disposition 系统去向",
        "disposition_reason 暂缓原因", "contact 联系人及电话",
    ),
)  # fmt: skip

UNIT_ROW = Layout(
    title=("附件２　　政务信息系统上云需求表（{department}）",),
    style=Style(day="dash", month="dash", money_unit="元", blank="--", mark="，"),
    unit_row={"build_cost_wan_yuan": "元", "memory_gib": "GB", "storage_gib": "GB", "data_gib": "GB", "vcpu": "核"},
    columns=columns(
        "department 主管部门", "name 项目名称", "code 项目编号", "function 主要功能", "category 系统分类",
        "origin 建设来源", "scope 应用范围", "is_zombie 是否为僵尸系统", "secrecy 涉密分类", "mlps_level 定级",
        "crypto_assessed_on 密评时间", "live_on 上线日期", "development_vendor 系统承建单位",
        "maintenance_vendor 运维单位", "contract_end 运维合同到期", "build_cost_wan_yuan 建设经费", "room 机房位置",
        "architecture 技术架构", "vcpu CPU总数", "memory_gib 内存合计", "storage_gib 存储空间", "data_gib 存量数据",
        "downtime_hours 割接窗口", "ready_on 可迁移时间", "zone 区域名称", "disposition 处置方式",
        "disposition_reason 处置理由", "contact_phone 电话", "contact_name 管理员",
    ),
)  # fmt: skip

LOCAL = Layout(
    title=("市县信息系统汇总表",),
    style=Style(day="cell", month="chinese", has_units=True),
    merged=("department",),
    columns=columns(
        "department 单位全称", "name 系统名称", "origin 系统来源", "scope 使用范围", "is_zombie 僵尸信息系统",
        "secrecy 是否涉密", "mlps_level 等保定级", "live_on 建成时间", "development_vendor 承建厂商",
        "maintenance_vendor 运维单位", "contract_end 合同到期", "room 所属机房", "networks 承载网络", "vcpu CPU核数",
        "memory_gib 内存", "storage_gib 硬盘", "data_gib 数据总量", "downtime_hours 可中断时长", "ready_on 可迁移时间",
        "zone 网络区域", "disposition 处置方式", "disposition_reason 处置理由", "contact 负责人",
    ),
)  # fmt: skip

SYSTEM_LAYOUTS = (PLAIN, GROUPED, SECTIONED, LEGACY_CSV, WIDE_CSV, MISSPELT, UNIT_ROW)
"""The layouts that single departments use, in turn."""

DEPARTMENTS = Layout(
    title=("单位基本信息登记表",),
    columns=columns(
        "name 单位全称", "short_name 单位简称", "level 行政级别", "region_code 行政区划代码", "parent 上级单位",
        "contact_name 联系人", "contact_phone 联系电话",
    ),
)  # fmt: skip
UNITS = Layout(
    format="csv-utf8",
    has_numbers=False,
    columns=columns(
        "name 单位全称", "level 单位级别", "region_code 区划代码", "parent 上级单位", "contact_name 联系人",
        "contact_phone 联系电话",
    ),
)  # fmt: skip

ROOMS = Layout(
    title=("机房基本情况表（省直单位）",),
    columns=columns(
        "name 机房名称", "department 单位名称", "address 机房地址", "kind 机房性质", "grade 机房等级",
        "area_m2 机房面积（㎡）", "rack_count 机柜数", "power_kw 供电容量(kW)", "ups_model UPS型号",
        "monthly_cost_yuan 月费用(元)", "outcome 处置意见", "outcome_reason 保留理由", "withdraw_by 撤并期限",
        "contact_name 联系人", "contact_phone 联系电话",
    ),
)  # fmt: skip
LOCAL_ROOMS = Layout(
    format="csv-gb18030",
    style=Style(day="chinese", has_units=True, blank="/"),
    columns=columns(
        "department 管理单位", "name 机房全称", "kind 机房类型", "grade 机房级别", "area_m2 建筑面积",
        "rack_count 机柜数量", "power_kw 总功率", "monthly_cost_yuan 月运行费", "outcome 撤并方式",
        "outcome_reason 保留原因", "withdraw_by 计划撤并时间", "contact 联系人及电话",
    ),
)  # fmt: skip

LINES_A = Layout(
    title=("专线租用明细表（电信）",),
    columns=columns(
        "number 电路编号", "department 租用单位", "room 落地机房", "network 专线类型", "access 接入方式",
        "operator 运营商", "bandwidth_mbps 带宽(M)", "monthly_cost_yuan 月租费(元)", "contract_end 合同到期日期",
        "addresses IP地址", "systems 承载业务系统",
    ),
)  # fmt: skip
LINES_B = Layout(
    style=Style(day="chinese", has_units=True, blank="--", mark="\n"),
    title=("移动专线台账", "统计口径：截至2026年6月"),
    has_numbers=False,
    columns=columns(
        "department 所属单位", "number 专线号", "network 接入网络", "operator 接入运营商", "bandwidth_mbps 专线带宽",
        "access 接入类型", "room 接入机房", "addresses IP", "monthly_cost_yuan 月租", "contract_end 合同截止日期",
        "systems 使用系统",
    ),
)  # fmt: skip
LINES_C = Layout(
    format="csv-bom",
    style=Style(day="slash", blank="/", mark="；"),
    columns=columns(
        "number 线路编号", "department 客户名称", "room 终点机房", "operator 电信运营商", "network 网络类型",
        "bandwidth_mbps 接入带宽(M)", "access 接入方式", "contract_end 到期日", "monthly_cost_yuan 月资费(元)",
        "addresses IP地址", "systems 承载业务",
    ),
)  # fmt: skip
LINES_D = Layout(
    format="ods",
    style=Style(day="cell"),
    columns=columns(
        "number 专线编码", "department 单位名称", "network 所属网络", "operator 运营商", "bandwidth_mbps 带宽(M)",
        "monthly_cost_yuan 月租金(元)", "contract_end 合同到期", "room 所属机房", "systems 承载系统",
    ),
)  # fmt: skip
_WIDE_NETWORKS = (
    ("internet", "互联网"),
    ("department_private", "业务专网"),
    ("extranet", "政务外网"),
    ("intranet", "政务内网"),
)
_WIDE_PARTS = (
    ("has_access", "有无接入"), ("access", "接入方式"), ("operator", "接入运营商"), ("bandwidth_mbps", "线路带宽"),
    ("addresses", "IP地址"), ("systems", "业务系统名称"), ("topology", "拓扑图"),
)  # fmt: skip
LINES_WIDE = Layout(
    title=("单位网络接入情况调查表",),
    style=Style(has_units=True, mark="、"),
    columns=columns(
        "department 单位名称",
        *(f"{n}.{part} {heading} {name}" for n, name in _WIDE_NETWORKS for part, heading in _WIDE_PARTS),
    ),
)
LINES_WIDE_FLAT = Layout(
    format="csv-gb18030",
    style=Style(has_units=True, mark="、"),
    has_numbers=False,
    columns=columns(
        "department 单位名称",
        *(f"{n}.{part} {name}{heading}" for n, name in _WIDE_NETWORKS for part, heading in _WIDE_PARTS),
    ),
)

VENDORS = Layout(
    title=("厂商名录",),
    columns=columns("name 公司名称", "roles 承担角色", "parallel_capacity 并行实施能力"),
)
VENDORS_CSV = Layout(
    format="csv-utf8",
    style=Style(mark="、"),
    columns=columns("name 服务商名称", "roles 服务类型", "parallel_capacity 可并行系统数"),
)

SERVERS = Layout(
    title=("服务器及软件资源清单",),
    columns=columns(
        "department 单位名称", "system 所属系统", "name 服务器名称", "kind 设备类型", "model 设备型号",
        "serial 序列号", "environment 环境",
        "cpu_arch CPU架构", "vcpu CPU核数", "memory_gib 内存（GB）", "system_disk_gib 系统盘（GB）",
        "data_disk_gib 数据盘（GB）", "operating_system 操作系统", "operating_system_version OS版本",
        "addresses 私有IP", "room 所属机房", "zone 网络区域", "cpu_peak_percent CPU峰值",
        "memory_peak_percent 内存峰值", "database.product 数据库类型", "database.version 数据库版本",
        "database.port 数据库端口", "database.deployment 部署模式", "database.data_gib 数据量（GB）",
        "middleware.product 中间件类型", "middleware.version 中间件版本", "middleware.port 中间件端口",
    ),
)  # fmt: skip
SERVERS_GROUPED = Layout(
    title=("主机、数据库、中间件调查表",),
    style=Style(has_units=True, blank="--"),
    columns=columns(
        "department 所属单位", "system 业务系统名称", "name 主机名称", "kind 服务器类型 主机",
        "model 品牌型号 主机", "serial SN 主机", "environment 环境类型 主机",
        "cpu_arch 处理器架构 主机", "vcpu CPU 主机", "memory_gib 内存 主机", "system_disk_gib 系统盘 主机",
        "data_disk_gib 数据盘 主机", "operating_system OS发行版 主机", "operating_system_version 系统版本 主机",
        "addresses IP地址 主机", "room 机房 主机", "zone 网络分区 主机", "cpu_peak_percent CPU使用率 主机",
        "memory_peak_percent 内存使用率 主机", "database.product 类型 数据库", "database.version 版本 数据库",
        "database.port 端口 数据库", "database.deployment 部署模式 数据库", "database.data_gib 数据量 数据库",
        "middleware.product 类型 中间件", "middleware.version 版本 中间件", "middleware.port 端口 中间件",
    ),
)  # fmt: skip
SERVERS_CSV = Layout(
    format="csv-utf8",
    has_numbers=False,
    ditto=("department", "system"),
    style=Style(),
    columns=SERVERS.columns,
)

DEPENDENCIES = Layout(
    title=("系统对接关系表",),
    columns=columns(
        "source.department 源系统单位", "source.name 源系统名称", "target.department 目标系统单位",
        "target.name 目标系统名称", "kind 接口方式", "protocol 协议", "port 端口", "daily_mib 日均数据量(MB)",
        "is_latency_sensitive 是否时延敏感", "is_hard 是否强依赖", "known_from 依赖来源", "confidence 可信度",
    ),
)  # fmt: skip
DEPENDENCIES_CSV = Layout(
    format="csv-gb18030",
    has_numbers=False,
    style=Style(has_units=True),
    columns=columns(
        "source.department 请求方单位", "source.name 请求方系统", "target.department 提供方单位",
        "target.name 提供方系统", "kind 交换方式", "protocol 接口协议", "port 服务端口", "daily_mib 日交换量",
        "is_latency_sensitive 时延敏感", "is_hard 强依赖", "known_from 依赖来源", "confidence 置信度",
    ),
)  # fmt: skip
