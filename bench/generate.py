#!/usr/bin/env python3
"""Writes a registry of N domains: three templates, three ports and up to three relations each.

usage: generate.py N DIR
"""
import pathlib
import sys

COMPOSE = """\
# {{ domain.description }}
services:
  {{ domain.name }}:
    image: "{{ REGISTRY }}/{{ domain.name }}:1.4.2"
    restart: unless-stopped
    environment:
      NAME: {{ domain.name }}
      URL: "https://{{ domain.name }}.{{ DOMAIN }}"
      LOG_LEVEL: {{ LOG_LEVEL | default('info') }}
{% for name in domain.requires | default([]) %}
      UPSTREAM_{{ loop.index }}: "http://{{ name }}:{{ ports[name].http }}"
{% endfor %}
    ports:
      - "{{ ports[domain.name].http }}:8080"
      - "{{ ports[domain.name].admin }}:9000"
      - "127.0.0.1:{{ ports[domain.name].metrics }}:9100"
    networks:
      - own
      - shared
    volumes:
      - data:/var/lib/{{ domain.name }}
      - ./app.conf:/etc/{{ domain.name }}/app.conf:ro
    env_file:
      - app.env
    healthcheck:
      test: ["CMD", "wget", "-q", "-O", "/dev/null", "http://127.0.0.1:8080/health"]
      interval: 30s
      timeout: 5s
      retries: 3
      start_period: 20s
    deploy:
      resources:
        limits:
          cpus: "0.50"
          memory: {{ MEMORY }}
    logging:
      driver: json-file
      options:
        max-size: 10m
        max-file: "3"
    cap_drop: [ALL]
    read_only: true
    security_opt: ["no-new-privileges:true"]
    stop_grace_period: 30s
{% if domain.placement == 'tunnel' %}
    labels:
      tunnel.enable: "true"
      tunnel.host: "{{ domain.name }}.{{ DOMAIN }}"
{% endif %}

networks:
  own:
    name: {{ domain.name }}-network
    external: true
  shared:
    name: shared-network
    external: true

volumes:
  data: {}
"""

CONF = """\
# configuration of {{ domain.name }}
[server]
listen = 0.0.0.0:8080
admin = 0.0.0.0:9000
metrics = 0.0.0.0:9100
public_url = https://{{ domain.name }}.{{ DOMAIN }}
workers = {{ WORKERS | int * 2 }}
environment = {{ ENV }}

[log]
level = {{ LOG_LEVEL | upper }}
format = json

[storage]
path = /var/lib/{{ domain.name }}
sync = {{ 'always' if ENV == 'prod' else 'batch' }}
cache = {{ MEMORY }}

[tls]
{% if domain.placement == 'tunnel' %}
mode = off
{% else %}
mode = on
cert = /etc/ssl/{{ domain.name }}.pem
key = /etc/ssl/{{ domain.name }}.key
{% endif %}

[upstream]
{% for name in domain.requires | default([]) | sort %}
{{ name }} = http://{{ name }}:{{ ports[name].http }}/
{% else %}
# none
{% endfor %}

[limits]
requests = {{ (WORKERS | int + 1) * 100 }}
body = 10M
timeout = 30s
{# the end #}
"""

VARS = """\
NAME={{ domain.name }}
HTTP={{ ports[domain.name].http }}
ADMIN={{ ports[domain.name].admin }}
METRICS={{ ports[domain.name].metrics }}
DOMAIN={{ DOMAIN }}
MAIL={{ ADMIN_EMAIL }}
ZONE={{ TIMEZONE }}
LEVEL={{ LOG_LEVEL }}
ENVIRONMENT={{ ENV }}
"""

BASE = """\
DOMAIN=example.org
ADMIN_EMAIL=admin@${DOMAIN}
TIMEZONE=Etc/UTC
REGISTRY=registry.${DOMAIN}:5000
LOG_LEVEL=info
MEMORY=256M
WORKERS=4
"""


def main():
    count, root = int(sys.argv[1]), pathlib.Path(sys.argv[2])
    env = root / "config-registry/env"
    (env / "overrides").mkdir(parents=True)
    (env / "base.env").write_text(BASE)
    (env / "overrides/dev.env").write_text("LOG_LEVEL=debug\n")
    (root / ".gitignore").write_text("generated/\n.foundry/\nconfig-registry/state/\n")
    domains, ports = ["domains:"], []
    for i in range(count):
        name = f"svc-{i:05}"
        needs = sorted({j for j in (i // 2, i // 3, i - 7) if 0 <= j < i})
        placement = "tunnel" if i % 10 == 9 else "local"
        domains += [f"  - name: {name}", f"    description: Service number {i}", f"    placement: {placement}"]
        if needs:
            domains.append("    requires: [" + ", ".join(f"svc-{j:05}" for j in needs) + "]")
        else:
            domains.append("    standalone: true")
        domains.append(f"    networks: [{name}-network, shared-network]")
        port = 1024 + i * 3
        ports.append(f"{name}: {{http: {port}, admin: {port + 1}, metrics: {port + 2}}}")
        folder = root / "domains" / name / "templates"
        folder.mkdir(parents=True)
        (folder / "compose.yml.tmpl").write_text(COMPOSE)
        (folder / "app.conf.tmpl").write_text(CONF)
        (folder / "app.env.tmpl").write_text(VARS)
    (env / "domains.yml").write_text("\n".join(domains) + "\n")
    (env / "ports.yml").write_text("\n".join(ports) + "\n")


main()
