#!/usr/bin/env python3
"""Writes a Flux repository with N Kustomizations to DIR, for measuring `foundry validate --tree`.

usage: bench/generate_tree.py DIR [N]

Each Kustomization applies a folder of its own with a base, an overlay with a patch and a generator, a Deployment, a
Service, an Ingress and a variable; each tenth one waits for the tenth before it.
"""

import pathlib
import sys

APP = """\
apiVersion: apps/v1
kind: Deployment
metadata: {{name: {name}, labels: {{app: {name}}}}}
spec:
  selector: {{matchLabels: {{app: {name}}}}}
  template:
    metadata: {{labels: {{app: {name}}}}}
    spec:
      containers:
        - name: {name}
          image: registry.example.org/{name}:1.2.3
          ports: [{{containerPort: 8080}}]
          envFrom: [{{configMapRef: {{name: settings}}}}]
          resources: {{limits: {{memory: 128Mi}}}}
---
apiVersion: v1
kind: Service
metadata: {{name: {name}}}
spec:
  selector: {{app: {name}}}
  ports: [{{port: 80, targetPort: 8080}}]
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {{name: {name}}}
spec:
  rules:
    - host: {name}.${{DOMAIN}}
      http:
        paths:
          - path: /
            pathType: Prefix
            backend: {{service: {{name: {name}, port: {{number: 80}}}}}}
"""

OVERLAY = """\
apiVersion: kustomize.config.k8s.io/v1beta1
kind: Kustomization
namespace: {name}
resources: [../base, namespace.yaml]
configMapGenerator:
  - name: settings
    literals: [MODE=prod]
patches:
  - target: {{kind: Deployment}}
    patch: |-
      - op: add
        path: /spec/replicas
        value: 2
labels:
  - pairs: {{app.kubernetes.io/part-of: bench}}
"""

FLUX = """\
apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata: {{name: {name}, namespace: flux-system}}
spec:
  interval: 10m
  timeout: 5m
  prune: true
  wait: true
  path: ./apps/{name}/overlay
  sourceRef: {{kind: GitRepository, name: flux-system}}
  postBuild: {{substitute: {{DOMAIN: example.org}}}}
"""


def main():
    root = pathlib.Path(sys.argv[1])
    count = int(sys.argv[2]) if len(sys.argv) > 2 else 500
    write(root / "clusters/bench/kustomization.yaml", "resources:\n" + "".join(f"  - app{i:03}.yaml\n" for i in range(count)))
    for i in range(count):
        name = f"app{i:03}"
        depends = f"  dependsOn: [{{name: app{i - 10:03}}}]\n" if i % 10 == 0 and i >= 10 else ""
        write(root / f"clusters/bench/{name}.yaml", FLUX.format(name=name) + depends)
        write(root / f"apps/{name}/base/kustomization.yaml", "resources: [app.yaml]\n")
        write(root / f"apps/{name}/base/app.yaml", APP.format(name=name))
        write(root / f"apps/{name}/overlay/kustomization.yaml", OVERLAY.format(name=name))
        write(root / f"apps/{name}/overlay/namespace.yaml", f"apiVersion: v1\nkind: Namespace\nmetadata: {{name: {name}}}\n")


def write(path, text):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


main()
