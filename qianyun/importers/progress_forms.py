"""Forms of planners' ledgers of progress: their headings, and what each cell means."""

from collections.abc import Mapping
from dataclasses import dataclass

from qianyun.importers.choices import Choice
from qianyun.importers.days import first_day
from qianyun.importers.measures import COUNT
from qianyun.importers.values import Reader, name, prose
from qianyun.track.deeds import Severity
from qianyun.track.states import PATH, RoomState, SystemState

STATE = Choice(
    labels={
        "未启动": SystemState.NOT_STARTED,
        "未迁移": SystemState.NOT_STARTED,
        "未开始": SystemState.NOT_STARTED,
        "调研": SystemState.SURVEY,
        "调研中": SystemState.SURVEY,
        "评估": SystemState.ASSESSMENT,
        "评估中": SystemState.ASSESSMENT,
        "方案评审": SystemState.REVIEW,
        "评审": SystemState.REVIEW,
        "资源申请": SystemState.RESOURCES,
        "部署": SystemState.DEPLOYMENT,
        "部署中": SystemState.DEPLOYMENT,
        "测试迁移": SystemState.TEST_MIGRATION,
        "测试": SystemState.TEST_MIGRATION,
        "试运行": SystemState.TRIAL,
        "割接": SystemState.CUTOVER,
        "割接中": SystemState.CUTOVER,
        "观察": SystemState.OBSERVATION,
        "观察期": SystemState.OBSERVATION,
        "已上云": SystemState.OBSERVATION,
        "确认": SystemState.CONFIRMED,
        "已确认": SystemState.CONFIRMED,
        "源端下线": SystemState.SOURCE_RETIRED,
        "已下线": SystemState.SOURCE_RETIRED,
        "阻塞": SystemState.BLOCKED,
        "受阻": SystemState.BLOCKED,
        "回退": SystemState.ROLLED_BACK,
        "已回退": SystemState.ROLLED_BACK,
        "暂缓": SystemState.DEFERRED,
    },
    order=tuple(PATH),
)
ROOM_STATE = Choice(
    labels={
        "在用": RoomState.IN_USE,
        "清点": RoomState.COUNTING,
        "腾空": RoomState.EMPTYING,
        "转汇聚节点": RoomState.CONVERTED,
        "保留": RoomState.RETAINED,
        "关闭": RoomState.CLOSED,
        "已关闭": RoomState.CLOSED,
    }
)
SEVERITY = Choice(
    labels={"轻微": Severity.MINOR, "一般": Severity.MINOR, "较重": Severity.MAJOR, "中断": Severity.OUTAGE}
)
STAGE_DAYS: Mapping[str, SystemState] = {
    "调研日期": SystemState.SURVEY,
    "评估日期": SystemState.ASSESSMENT,
    "评审日期": SystemState.REVIEW,
    "资源申请日期": SystemState.RESOURCES,
    "部署日期": SystemState.DEPLOYMENT,
    "测试日期": SystemState.TEST_MIGRATION,
    "试运行日期": SystemState.TRIAL,
    "实际割接日期": SystemState.CUTOVER,
    "观察日期": SystemState.OBSERVATION,
    "确认日期": SystemState.CONFIRMED,
    "下线日期": SystemState.SOURCE_RETIRED,
}
_MINUTES: Reader = COUNT.reader("")
_DEPARTMENT = "单位名称 部门全称 所属单位 所属部门 单位 主管部门 客户名称"
_SYSTEM = "系统名称 业务系统名称 信息系统名称 政务信息系统名称 应用系统名称 应用名称"
_WHO = "责任人 负责人 填报人 实施方 实施单位"


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """One kind of sheet: readers by field, headings by field, and the fields without which it is none."""

    title: str
    fields: Mapping[str, tuple[str, Reader]]
    needs: tuple[str, ...]


SYSTEMS = Form(
    title="迁云推进表",
    needs=("department", "system", "state"),
    fields={
        "department": (_DEPARTMENT, name),
        "system": (_SYSTEM, name),
        "state": ("迁移状态 当前状态 进展 进度 迁移进度 推进状态", STATE.read),
        "planned": ("计划割接日期 计划割接时间 计划迁移时间 计划迁移日期 计划上云时间", first_day),
        "since": ("状态日期 更新日期 状态时间 进入日期", first_day),
        "rolled_back": ("回退日期 回退时间", first_day),
        "who": (_WHO, name),
        "why": ("存在问题 问题 阻塞原因 暂缓原因 备注", prose),
        **{heading: (f"{heading} {heading.replace('日期', '时间')}", first_day) for heading in STAGE_DAYS},
    },
)
ROOMS = Form(
    title="机房撤并表",
    needs=("room", "state", "since"),
    fields={
        "room": ("机房名称 机房", name),
        "state": ("撤并状态 机房状态", ROOM_STATE.read),
        "since": ("状态日期 更新日期", first_day),
        "who": (_WHO, name),
        "why": ("说明 存在问题 备注", prose),
    },
)
LINES = Form(
    title="专线退租表",
    needs=("line", "cancelled"),
    fields={
        "line": ("专线编号 电路编号 线路编号 电路代号", name),
        "cancelled": ("退租日期 退租时间 拆除日期", first_day),
        "who": (_WHO, name),
        "why": ("说明 备注", prose),
    },
)
INCIDENTS = Form(
    title="故障登记表",
    needs=("department", "system", "number", "since"),
    fields={
        "department": (_DEPARTMENT, name),
        "system": (_SYSTEM, name),
        "number": ("工单编号 故障编号 事件编号", name),
        "since": ("发生日期 故障日期 发生时间", first_day),
        "severity": ("严重程度 故障级别 级别", SEVERITY.read),
        "responded": ("响应(分钟) 响应分钟 响应时长", _MINUTES),
        "solved": ("解决(分钟) 解决分钟 恢复时长", _MINUTES),
        "vendor": ("责任厂商 厂商 运维厂商", name),
        "who": (_WHO, name),
        "why": ("故障描述 说明 备注", prose),
    },
)
KIT = Form(
    title="设备处置表",
    needs=("department", "system", "server", "wiped"),
    fields={
        "department": (_DEPARTMENT, name),
        "system": (_SYSTEM, name),
        "server": ("主机名称 主机名 服务器名称 设备名称", name),
        "wiped": ("擦除日期 数据销毁日期 擦除时间", first_day),
        "reused": ("利旧日期 利旧时间", first_day),
        "scrapped": ("报废日期 报废时间", first_day),
        "who": (_WHO, name),
        "why": ("证书编号 利旧去向 说明 备注", prose),
    },
)
FORMS = (INCIDENTS, KIT, SYSTEMS, ROOMS, LINES)
KNOWN_AND_NOT_KEPT = "序号 编号 迁移批次 批次 联系人 联系电话 手机"
"""Headings that nobody needs to be told of."""
