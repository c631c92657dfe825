"""The product catalogue knows the ways in which people write a product."""

import pytest

from qianyun.estate.catalogue import PRODUCTS, Product, ProductKind, cpu_arch, product_names, recognise
from qianyun.estate.kinds import CpuArch

OS, DB, MW = ProductKind


@pytest.mark.parametrize(
    ("kind", "text", "found"),
    [
        (OS, "银河麒麟高级服务器操作系统V10 SP1", ("Kylin", "V10 SP1")),
        (OS, "中标麒麟 7.0", ("NeoKylin", "7.0")),
        (OS, "欧拉22.03 LTS", ("openEuler", "22.03 LTS")),
        (OS, "统信UOS V20", ("UOS", "V20")),
        (OS, "红旗Linux 10", ("Red Flag", "10")),
        (OS, "CentOS7.6", ("CentOS", "7.6")),
        (OS, "Windows 2008 R2", ("Windows Server", "2008 R2")),
        (OS, "windows 10", ("Windows", "10")),
        (OS, "Ｗｉｎｄｏｗｓ　Ｓｅｒｖｅｒ　２０１２", ("Windows Server", "2012")),
        (DB, "达梦8", ("DM", "8")),
        (DB, "DM8", ("DM", "8")),
        (DB, "人大金仓 KingbaseES V8R6", ("Kingbase", "V8R6")),
        (DB, "OceanBase数据库4.2", ("OceanBase", "4.2")),
        (DB, "SQL Server 2012", ("SQL Server", "2012")),
        (DB, "Oracle 11g RAC", ("Oracle", "11g RAC")),
        (MW, "东方通TongWeb7.0", ("TongWeb", "7.0")),
        (MW, "宝兰德 BES 9.5", ("BES", "9.5")),
        (MW, "apache-tomcat-8.5.1", ("Tomcat", "8.5.1")),
        (MW, "Apache 2.4", ("Apache HTTP Server", "2.4")),
    ],
)
def test_a_product_is_told_from_its_version(kind: ProductKind, text: str, found: tuple[str, str]) -> None:
    assert recognise(kind, text) == found


@pytest.mark.parametrize(("kind", "text"), [(DB, "自研数据库"), (DB, "admin"), (OS, "嵌入式"), (MW, "")])
def test_an_unknown_product_is_not_guessed(kind: ProductKind, text: str) -> None:
    assert recognise(kind, text) is None


@pytest.mark.parametrize("product", PRODUCTS, ids=lambda product: str(product.name))
def test_every_way_to_write_a_product_leads_to_it(product: Product) -> None:
    found = {alias: recognise(product.kind, alias) for alias in (product.name, *product.aliases)}

    assert {alias: pair and pair[0] for alias, pair in found.items()} == dict.fromkeys(found, product.name)


@pytest.mark.parametrize("kind", list(ProductKind))
def test_names_are_unique_within_their_kind(kind: ProductKind) -> None:
    names = product_names(kind)

    assert len(set(names)) == len(names)


@pytest.mark.parametrize(
    ("text", "arch"),
    [
        ("x86_64", CpuArch.X86_64),
        ("海光7285", CpuArch.X86_64),
        ("兆芯", CpuArch.X86_64),
        ("ARM64(鲲鹏920)", CpuArch.AARCH64),
        ("飞腾2000+", CpuArch.AARCH64),
        ("龙芯3C5000", CpuArch.LOONGARCH64),
        ("龙芯 3A4000", CpuArch.MIPS64),
        ("申威1621", CpuArch.SW64),
        ("未知", None),
    ],
)
def test_a_processor_stands_for_its_instruction_set(text: str, arch: CpuArch | None) -> None:
    assert cpu_arch(text) is arch
