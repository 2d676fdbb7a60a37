"""Renders every case of this folder with the real Jinja2 (and Ansible's filters) and prints the results as JSON."""

import json
import pathlib
import sys

import jinja2
import yaml

here = pathlib.Path(__file__).parent


def ansible_plugins():
    """Filters and tests of ansible-core, or nothing where it is not installed."""
    try:
        from ansible.plugins.filter import core, mathstuff
        from ansible.plugins.test import core as core_tests, mathstuff as math_tests
    except ImportError:
        return None
    filters, tests = {}, {}
    for module in (core, mathstuff):
        filters.update(module.FilterModule().filters())
    for module in (core_tests, math_tests):
        tests.update(module.TestModule().tests())
    return filters, tests


def environment(templates, plugins):
    env = jinja2.Environment(
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=jinja2.StrictUndefined,
        autoescape=False,
        loader=jinja2.DictLoader(templates),
    )
    if plugins:
        # Jinja2's own win where both have one, as they do in the other files.
        env.filters = {**plugins[0], **env.filters}
        env.tests = {**plugins[1], **env.tests}
    return env


def render(case, plugins):
    env = environment({**case.get("templates", {}), "main": case["template"]}, plugins)
    try:
        return {"text": env.get_template("main").render(**case.get("context", {}))}
    except jinja2.UndefinedError:
        return {"error": "undefined"}
    except jinja2.TemplateNotFound:
        return {"error": "missing"}
    except jinja2.TemplateSyntaxError:
        return {"error": "syntax"}
    except Exception:
        return {"error": "other"}


results = {}
for file in sorted(here.glob("*.yml")):
    plugins = ansible_plugins() if file.stem == "ansible" else None
    if file.stem == "ansible" and plugins is None:
        continue
    cases = yaml.safe_load(file.read_text(encoding="utf-8"))
    results[file.stem] = {case["name"]: render(case, plugins) for case in cases}

json.dump(results, sys.stdout, ensure_ascii=True, indent=1, sort_keys=True)
print()
