"""Product catalogue: operating systems, databases, middleware and processors by their names.

People write a product in many ways (银河麒麟高级服务器操作系统V10, 人大金仓 KingbaseES V8R6, DM8);
`recognise` gives the one name that facts hold, and the version that stood beside it. What the
catalogue does not know is kept as it was written: an unknown product is no error.
"""

import re
import unicodedata
from dataclasses import dataclass
from enum import StrEnum
from functools import cache

from qianyun.estate.kinds import CpuArch


class ProductKind(StrEnum):
    """What a product does."""

    OPERATING_SYSTEM = "operating_system"
    DATABASE = "database"
    MIDDLEWARE = "middleware"


@dataclass(frozen=True, slots=True, kw_only=True)
class Product:
    """One product that facts name.

    Attributes:
        name: As facts hold it; unique within its kind.
        aliases: Other ways to write it, small and narrow; the name itself need not be there.
        is_domestic: Counts as 信创.
    """

    name: str
    kind: ProductKind
    aliases: tuple[str, ...]
    is_domestic: bool = False


def _products(kind: ProductKind, lines: str) -> tuple[Product, ...]:
    """One product a line: `name: alias, alias`, domestic ones with a star before the name."""
    found = []
    for line in lines.strip().splitlines():
        name, _colon, aliases = line.strip().partition(":")
        found.append(
            Product(
                name=name.lstrip("* "),
                kind=kind,
                aliases=tuple(alias.strip() for alias in aliases.split(",") if alias.strip()),
                is_domestic=name.startswith("*"),
            )
        )
    return tuple(found)


PRODUCTS: tuple[Product, ...] = (
    *_products(
        ProductKind.OPERATING_SYSTEM,
        """
        * openEuler: 欧拉操作系统, 欧拉, open euler
        * EulerOS: euler os, 华为欧拉
        * Kylin: 银河麒麟高级服务器操作系统, 银河麒麟服务器操作系统, 银河麒麟, 麒麟, kylinos, kylin os
        * NeoKylin: 中标麒麟操作系统, 中标麒麟
        * UOS: 统信服务器操作系统, 统信软件, 统信, uniontech os, uniontechos, uniontech, deepin, 深度
        * Red Flag: 中科红旗, 红旗linux, 红旗, redflag, asianux
        * Anolis OS: 龙蜥操作系统, 龙蜥, anolis, anolisos
        * BC-Linux: 大云操作系统, 大云, bclinux
        * Linx: 凝思安全操作系统, 凝思磐石, 凝思
        * TencentOS: tencentos server, tencent os
        * Alibaba Cloud Linux: alinux, aliyun linux
        * iSoft: 普华操作系统, 普华
        CentOS: centos linux, cent os
        RHEL: red hat enterprise linux, redhat enterprise linux, red hat, redhat, 红帽
        Ubuntu: ubuntu server
        Debian: debian gnu/linux
        SUSE: suse linux enterprise server, suse linux, sles, opensuse
        Rocky Linux: rocky
        AlmaLinux: alma
        Oracle Linux: oel
        Windows Server: microsoft windows server, windowsserver, win server, winserver
        Windows: microsoft windows, win7, win10
        AIX: ibm aix
        HP-UX: hpux
        Solaris: sun solaris, oracle solaris
        FreeBSD:
        VMware ESXi: esxi, vmware
        """,
    ),
    *_products(
        ProductKind.DATABASE,
        """
        * DM: 达梦数据库管理系统, 达梦数据库, 达梦, dameng, dmdbms
        * Kingbase: 人大金仓数据库, 人大金仓kingbasees, 人大金仓, 金仓数据库, 金仓, kingbasees, kingbase es
        * GaussDB: 华为高斯, 高斯数据库, 高斯, gauss db, gauss
        * openGauss: open gauss
        * OceanBase: 海洋数据库, ob数据库, ocean base
        * TiDB: 平凯数据库, 平凯
        * GBase: 南大通用数据库, 南大通用, gbase8s, gbase8a
        * HighGo: 瀚高数据库, 瀚高, highgodb
        * Oscar: 神通数据库, 神舟通用, 神通
        * PolarDB: polar db
        * TDSQL: 腾讯云数据库
        * GoldenDB: golden db
        * Vastbase: 海量数据库, 海量
        MySQL: my sql
        MariaDB: maria db
        Oracle: 甲骨文, oracle database, oracle db, oracle rac
        PostgreSQL: postgres, pgsql, postgre sql
        SQL Server: microsoft sql server, ms sql server, sqlserver, mssql
        DB2: ibm db2
        MongoDB: mongo
        Redis:
        Elasticsearch: elastic search, es
        Sybase:
        Informix:
        SQLite:
        Hive: apache hive
        HBase: apache hbase
        ClickHouse:
        Neo4j:
        InfluxDB:
        Access: microsoft access
        """,
    ),
    *_products(
        ProductKind.MIDDLEWARE,
        """
        * TongWeb: 东方通tongweb, 东方通应用服务器, 东方通中间件, 东方通, tong web
        * BES: 宝兰德应用服务器, 宝兰德bes, 宝兰德中间件, 宝兰德, bes appserver
        * InforSuite: 中创应用服务器, 中创中间件, 中创
        * Apusic: 金蝶天燕, 金蝶apusic, 金蝶中间件
        * Primeton: 普元, primeton appserver
        * TongLINK/Q: tonglinkq, tonglink
        Tomcat: apache tomcat, apache-tomcat
        WebLogic: oracle weblogic server, oracle weblogic, weblogic server, web logic
        WebSphere: ibm websphere, was
        Nginx: openresty
        Apache HTTP Server: apache httpd, httpd, apache
        IIS: microsoft iis, internet information services
        JBoss: jboss eap, red hat jboss
        WildFly:
        Jetty: eclipse jetty
        Undertow:
        Resin:
        GlassFish:
        RabbitMQ: rabbit mq
        Kafka: apache kafka
        RocketMQ: apache rocketmq
        ActiveMQ: apache activemq
        ZooKeeper: apache zookeeper, zk
        Nacos:
        HAProxy:
        Node.js: nodejs
        Spring Boot: springboot
        """,
    ),
)

PROCESSORS: tuple[tuple[CpuArch, tuple[str, ...]], ...] = (
    (CpuArch.MIPS64, ("mips", "龙芯3a3000", "龙芯3a4000", "龙芯3b3000", "龙芯3b4000")),
    (CpuArch.LOONGARCH64, ("loongarch", "龙芯", "loongson", "龙架构")),
    (CpuArch.SW64, ("sw64", "sw_64", "申威", "sunway", "shenwei")),
    (CpuArch.AARCH64, ("aarch64", "arm", "鲲鹏", "飞腾", "kunpeng", "phytium")),
    (
        CpuArch.X86_64,
        ("x86", "amd64", "x64", "海光", "兆芯", "hygon", "zhaoxin", "intel", "英特尔", "amd", "xeon", "至强", "c86"),
    ),
)
"""Narrower words first: an old 龙芯 is MIPS, and `x86_64` names no arm."""


def recognise(kind: ProductKind, text: str) -> tuple[str, str] | None:
    """Name and version of a product; `None` where the catalogue does not know it.

    The longest way to write a product wins, so that 中标麒麟 is not taken for 麒麟; what is
    left of the text is its version.
    """
    rest = unicodedata.normalize("NFKC", text).strip()
    name = next((name for alias, name in _aliases(kind) if alias.search(rest)), None)
    if name is None:
        return None
    for alias, same in _aliases(kind):
        if same == name:
            rest = alias.sub(" ", rest)
    version = _version(rest)
    is_server = name == "Windows" and version.startswith("20")  # a year, as in Windows 2008 R2
    return ("Windows Server" if is_server else name), version


def product_names(kind: ProductKind) -> tuple[str, ...]:
    """All names of one kind, in the order of the catalogue."""
    return tuple(product.name for product in PRODUCTS if product.kind is kind)


def cpu_arch(text: str) -> CpuArch | None:
    """The instruction set that a processor's name stands for; `None` where it says nothing."""
    narrow = unicodedata.normalize("NFKC", text).lower().replace(" ", "")
    return next((arch for arch, words in PROCESSORS if any(word in narrow for word in words)), None)


@cache
def _aliases(kind: ProductKind) -> tuple[tuple[re.Pattern[str], str], ...]:
    pairs = [
        (alias, product.name)
        for product in PRODUCTS
        if product.kind is kind
        for alias in (product.name.lower(), *product.aliases)
    ]
    pairs.sort(key=lambda pair: -len(pair[0]))
    return tuple((_pattern(alias), name) for alias, name in pairs)


def _pattern(alias: str) -> re.Pattern[str]:
    """The alias, not within a longer word of Latin letters."""
    before = r"(?<![A-Za-z])" if alias[0].isascii() else ""
    after = r"(?![A-Za-z])" if alias[-1].isascii() and alias[-1].isalpha() else ""
    return re.compile(before + re.escape(alias) + after, re.IGNORECASE)


def _version(rest: str) -> str:
    clean = re.sub(r"(数据库|操作系统|服务器版?|中间件|应用服务器|版本|系统|linux)", " ", rest, flags=re.IGNORECASE)
    return re.sub(r"\s+", " ", clean).strip(" -_:/()[],、;")
