#!/bin/sh
# How the hosts of the rehearsal's move stand before anybody moves anything; run on each of them by furnish.py.
#   furnish.sh room-server MEGABYTES | app | database | resolver | office
set -eu

service() { # its database's address
  id permits > /dev/null 2>&1 || useradd --system --home-dir /srv/permits permits
  install -d -o permits -g permits /opt/permits /srv/permits /srv/permits/papers
  cat > /etc/systemd/system/permits.service <<UNIT
[Unit]
Description=permits are handed in
After=network.target
[Service]
User=permits
Environment="PERMITS_DATABASE=host=$1 port=5432 dbname=permits user=permits password=permits"
ExecStart=/usr/bin/python3 /opt/permits/permits.py
Restart=always
RestartSec=1
[Install]
WantedBy=multi-user.target
UNIT
  systemctl daemon-reload
}

sql() { runuser -u postgres -- psql --no-psqlrc --quiet --set=ON_ERROR_STOP=1 "$@"; }

case "$1" in
  room-server)
    service 127.0.0.1
    mv /run/permits.py /opt/permits/permits.py
    systemctl enable --quiet --now postgresql@15-main
    sql --command="create role permits login password 'permits'" --command="create database permits owner permits"
    sql --dbname=permits <<SQL
create table permits (id bigserial primary key, key uuid unique not null, body text not null, at timestamptz default now());
create table seen (at timestamptz not null);
create table archive (id bigint primary key, body text not null);
alter table permits owner to permits;
alter table seen owner to permits;
alter table archive owner to permits;
insert into archive select n, repeat(md5(n::text), 32) from generate_series(1, $2 * 1000) n;
SQL
    for number in 1 2 3 4 5 6 7 8 9; do
      head -c 100000 /dev/urandom > "/srv/permits/papers/old-$number"
    done
    chown -R permits:permits /opt/permits /srv/permits
    systemctl enable --quiet --now permits
    ;;
  app)
    service 172.30.2.20
    ;;
  database)
    printf "listen_addresses = '*'\n" > /etc/postgresql/15/main/conf.d/permits.conf
    printf 'host permits permits 172.30.2.10/32 scram-sha-256\nhost permits permits 172.30.2.30/32 scram-sha-256\n' \
      >> /etc/postgresql/15/main/pg_hba.conf
    ;;
  resolver)
    cat > /etc/bind/named.conf.local <<ZONE
zone "rehearsal.example" { type primary; file "/var/lib/bind/rehearsal.example"; update-policy local; };
ZONE
    cat > /var/lib/bind/rehearsal.example <<ZONE
\$TTL 60
@ SOA resolver hostmaster 1 60 60 600 1
@ NS resolver
resolver A 172.30.2.53
resolver AAAA 3fff:e2:10::53
permits 1 A 172.30.0.114
permits 1 AAAA 3fff:e8:0:1::114
ZONE
    chown bind:bind /var/lib/bind/rehearsal.example
    systemctl enable --quiet --now named
    ;;
  office)
    printf 'nameserver 3fff:e2:10::53\noptions timeout:1 attempts:3\n' > /etc/resolv.conf
    ;;
esac
