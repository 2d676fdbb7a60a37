#!/usr/bin/env python3
"""The way of scripts: PyYAML and Jinja2 in one process, one environment reused, equal templates compiled once.

Checks names, writes a metadata file per domain below OUT/metadata and renders every domain below OUT/generated.
usage: python_way.py REGISTRY OUT
"""
import hashlib
import pathlib
import re
import sys

import jinja2
import yaml

Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
Dumper = getattr(yaml, "CSafeDumper", yaml.SafeDumper)


def read_env(path):
    values = {}
    for line in path.read_text().splitlines():
        line = line.strip()
        if line and not line.startswith("#"):
            key, value = line.split("=", 1)
            values[key.strip()] = value.strip().strip("\"'")
    return values


def expand(values):
    for _ in values:
        done = {k: re.sub(r"\$\{(\w+)\}", lambda m: values.get(m[1], m[0]), v) for k, v in values.items()}
        if done == values:
            break
        values = done
    return values


def main():
    root, out = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2])
    env = root / "config-registry/env"
    domains = yaml.load((env / "domains.yml").read_text(), Loader)["domains"]
    ports = yaml.load((env / "ports.yml").read_text(), Loader)
    names = {d["name"] for d in domains}
    for domain in domains:
        for key in ("requires", "consumes", "exposes_to"):
            unknown = set(domain.get(key) or []) - names
            if unknown:
                sys.exit(f"{domain['name']}: unknown {unknown}")
    context = expand({**read_env(env / "base.env"), **read_env(env / "overrides/dev.env")})
    context["ENV"] = "dev"
    context["ports"] = ports
    for name, own in ports.items():
        for port, value in own.items():
            context[f"PORT_{name}_{port}".upper().replace("-", "_")] = value
    jinja = jinja2.Environment(trim_blocks=True, lstrip_blocks=True, undefined=jinja2.StrictUndefined)
    compiled = {}
    (out / "metadata").mkdir(parents=True, exist_ok=True)
    for domain in domains:
        templates = root / "domains" / domain["name"] / "templates"
        texts = [(path, path.read_text()) for path in sorted(templates.rglob("*.tmpl"))]
        own = {**domain, "ports": ports.get(domain["name"], {})}
        meta = {
            "domain": domain["name"],
            "source_hash": hashlib.sha256(repr(own).encode()).hexdigest(),
            "template_hash": hashlib.sha256("".join(text for _, text in texts).encode()).hexdigest(),
        }
        record = yaml.dump({"_meta": meta, **own}, Dumper=Dumper, sort_keys=False)
        (out / "metadata" / f"{domain['name']}.yml").write_text(record)
        for path, text in texts:
            if text not in compiled:
                compiled[text] = jinja.from_string(text)
            target = out / "generated" / domain["name"] / path.relative_to(templates).with_suffix("")
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(compiled[text].render({**context, "domain": domain}))


main()
