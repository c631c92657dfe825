"""Rows: the cells of each kind of fact in the style of a form."""

from collections.abc import Sequence
from decimal import Decimal

from inventory.generator.forms import Row
from inventory.generator.wording import PRODUCTS, ZONES, Style, contact
from qianyun.estate.facts import Database, Department, Dependency, Line, Middleware, Room, Server, System, Vendor
from qianyun.estate.kinds import Disposition, Network

ZOMBIE_SAYS = "是（如是僵尸信息系统，下表内容无需填写）"


def department_row(style: Style, department: Department) -> Row:
    """A department."""
    return {
        "name": style.text(department.name),
        "short_name": style.text(department.short_name),
        "level": style.word(department.level),
        "region_code": style.text(department.region_code),
        "parent": style.text(department.parent or ""),
        "contact_name": style.prose(department.contact_name),
        "contact_phone": style.text(department.contact_phone),
    }


def room_row(style: Style, room: Room, owner: str, turn: int = 0) -> Row:
    """A room; `owner` is the name of its department as this form writes it."""
    return {
        "name": style.text(room.name),
        "department": style.text(owner),
        "address": style.prose(room.address),
        "kind": style.word(room.kind),
        "grade": style.prose(room.grade),
        "area_m2": style.count(room.area_m2, "㎡"),
        "rack_count": style.count(room.rack_count, "个"),
        "power_kw": style.count(room.power_kw, "kW"),
        "ups_model": style.prose(room.ups_model),
        "monthly_cost_yuan": style.count(room.monthly_cost_yuan, "元"),
        "outcome": style.word(room.outcome),
        "outcome_reason": style.prose(room.outcome_reason),
        "withdraw_by": style.on_day(room.withdraw_by),
        "contact": contact(room.contact_name, room.contact_phone, turn),
        "contact_name": style.prose(room.contact_name),
        "contact_phone": style.text(room.contact_phone),
    }


def vendor_row(style: Style, vendor: Vendor) -> Row:
    """A vendor."""
    return {
        "name": style.text(vendor.name),
        "roles": style.words(vendor.roles),
        "parallel_capacity": style.count(vendor.parallel_capacity),
    }


def system_row(style: Style, system: System, turn: int = 0) -> Row:
    """A system; a zombie leaves most cells blank, as the form allows."""
    if system.is_zombie:
        return {
            "department": style.text(system.department),
            "name": style.text(system.name),
            "is_zombie": ZOMBIE_SAYS,
            "origin": style.word(system.origin),
            "room": style.text(system.room or ""),
            "disposition": style.word(system.disposition),
        }
    is_deferred = system.disposition is Disposition.DEFER
    return {
        "department": style.text(system.department),
        "name": style.text(system.name),
        "code": style.text(system.code),
        "office": style.text(system.office),
        "function": style.prose(system.function),
        "category": style.word(system.category),
        "origin": style.word(system.origin),
        "scope": style.word(system.scope),
        "user_kind": style.prose(system.user_kind),
        "user_count": style.count(system.user_count, "人"),
        "is_zombie": style.yes(claim=False),
        "secrecy": style.word(system.secrecy),
        "mlps_level": style.level(system.mlps_level),
        "filing_number": style.text(system.filing_number),
        "filed_on": style.on_day(system.filed_on),
        "assessed_on": style.on_day(system.assessed_on),
        "crypto_assessed_on": style.on_day(system.crypto_assessed_on),
        "live_on": style.in_month(system.live_on),
        "development_vendor": style.text(system.development_vendor or ""),
        "maintenance_vendor": style.text(system.maintenance_vendor or ""),
        "security_vendor": style.text(system.security_vendor or ""),
        "contract_end": style.on_day(system.contract_end),
        "build_cost_wan_yuan": style.money(system.build_cost_wan_yuan),
        "yearly_cost_wan_yuan": style.money(system.yearly_cost_wan_yuan),
        "room": style.text(system.room or ""),
        "networks": style.words(system.networks),
        "architecture": style.word(system.architecture),
        "domain": style.text(system.domain),
        "addresses": style.several([str(address) for address in system.addresses]),
        "vcpu": style.count(system.vcpu, "核"),
        "memory_gib": style.storage(system.memory_gib),
        "storage_gib": style.storage(system.storage_gib),
        "hardware": f"{system.vcpu}C / {system.memory_gib}G / {_disk(system.storage_gib)}",
        "data_gib": style.storage(system.data_gib),
        "downtime_hours": style.count(system.downtime_hours, "小时"),
        "ready_on": style.on_day(system.ready_on),
        "zone": ZONES[system.zone] if system.zone else style.blank,
        "is_deferred": style.yes(is_deferred),
        "disposition": style.word(system.disposition),
        "disposition_reason": style.prose(system.disposition_reason),
        "contact": contact(system.contact_name, system.contact_phone, turn),
        "contact_name": style.prose(system.contact_name),
        "contact_phone": style.text(system.contact_phone),
    }


def _disk(gib: Decimal | None) -> str:
    return f"{gib // 1024}T" if gib and gib % 1024 == 0 else f"{gib}G"


def line_row(style: Style, line: Line, owner: str) -> Row:
    """A line in a list of lines; `owner` is the name of its department as this form writes it."""
    return {
        "number": style.text(line.number),
        "department": style.text(owner),
        "room": style.text(line.room or ""),
        "network": style.word(line.network),
        "access": style.prose(line.access),
        "operator": style.word(line.operator),
        "bandwidth_mbps": bandwidth(style, line),
        "monthly_cost_yuan": style.count(line.monthly_cost_yuan, "元"),
        "contract_end": style.on_day(line.contract_end),
        "addresses": style.several([str(address) for address in line.addresses]),
        "systems": style.several(list(line.systems)),
    }


def bandwidth(style: Style, line: Line) -> str | float | None:
    """Bandwidth; forms with units write a thousand as 1G."""
    if style.has_units and line.bandwidth_mbps == 1000:  # noqa: PLR2004 - M in a G
        return "1G"
    cell = style.count(line.bandwidth_mbps, "M")
    return cell if isinstance(cell, str | int | float) else None


def wide_row(style: Style, owner: str, lines: Sequence[Line]) -> Row:
    """A department with its lines side by side, one for each network."""
    row: Row = {"department": style.text(owner)}
    by_network = {line.network: line for line in lines}
    for network in (n for n in Network if n is not Network.LAN):
        line = by_network.get(network)
        row[f"{network}.has_access"] = "有" if line else "无"
        if line:
            row[f"{network}.access"] = style.prose(line.access)
            row[f"{network}.operator"] = style.word(line.operator)
            row[f"{network}.bandwidth_mbps"] = bandwidth(style, line)
            row[f"{network}.addresses"] = style.several([str(address) for address in line.addresses])
            row[f"{network}.systems"] = style.several(list(line.systems))
            row[f"{network}.topology"] = "见附件"
    return row


def server_row(style: Style, server: Server, database: Database | None, middleware: Middleware | None) -> Row:
    """A server with what runs on it."""
    row: Row = {
        "department": style.text(server.department),
        "system": style.text(server.system),
        "name": style.text(server.name),
        "kind": style.word(server.kind),
        "model": style.prose(server.model),
        "serial": style.text(server.serial),
        "environment": style.word(server.environment),
        "cpu_arch": style.word(server.cpu_arch),
        "vcpu": style.count(server.vcpu, "核"),
        "memory_gib": style.storage(server.memory_gib),
        "system_disk_gib": style.storage(server.system_disk_gib),
        "data_disk_gib": style.storage(server.data_disk_gib),
        "hardware": f"{server.vcpu}C / {server.memory_gib}G / {_disk(server.data_disk_gib)}",
        "operating_system": PRODUCTS.get(server.operating_system, server.operating_system),
        "operating_system_version": style.text(server.operating_system_version),
        "addresses": style.several([str(address) for address in server.addresses]),
        "room": style.text(server.room or ""),
        "zone": ZONES[server.zone] if server.zone else style.blank,
        "cpu_peak_percent": f"{server.cpu_peak_percent}%",
        "memory_peak_percent": f"{server.memory_peak_percent}%",
    }
    if database:
        row["database.product"] = PRODUCTS.get(database.product, database.product)
        row["database.version"] = database.version
        row["database.port"] = database.port
        row["database.deployment"] = database.deployment
        row["database.data_gib"] = style.storage(database.data_gib)
    if middleware:
        row["middleware.product"] = PRODUCTS.get(middleware.product, middleware.product)
        row["middleware.version"] = middleware.version
        row["middleware.port"] = middleware.port
    return row


def dependency_row(style: Style, dependency: Dependency) -> Row:
    """A dependency."""
    return {
        "source.department": style.text(dependency.source.department),
        "source.name": style.text(dependency.source.name),
        "target.department": style.text(dependency.target.department),
        "target.name": style.text(dependency.target.name),
        "kind": style.word(dependency.kind),
        "protocol": dependency.protocol,
        "port": style.count(dependency.port),
        "daily_mib": style.count(dependency.daily_mib, "MB"),
        "is_latency_sensitive": style.yes(dependency.is_latency_sensitive),
        "is_hard": style.yes(dependency.is_hard),
        "known_from": style.word(dependency.known_from),
        "confidence": f"{round(dependency.confidence * 100)}%",
    }
