//! A registry for a cluster: two apps in two application environments, one with a category, something of the platform.

use testkit::Repo;

/// Two apps in two application environments, and something of the platform, reconciled by Flux.
pub fn cluster(layout: &str) -> Repo {
    reconciled_by("flux", layout)
}

/// The same, reconciled by `flux` or `argocd`.
pub fn reconciled_by(reconciler: &str, layout: &str) -> Repo {
    let repo = Repo::new(env!("CARGO_BIN_EXE_foundry"));
    repo.write(
        "config-registry/env/domains.yml",
        r#"domains:
  - name: db
    standalone: true
    networks: [shop]
    exposes_to: [web]
    state: [{volume: data, size: 1Gi, backup: full}]
  - name: web
    requires: [db]
    networks: [shop]
    stateless: true
    ingress: [{host: "web.${DOMAIN}", port: http, auth: none}]
  - name: board
    standalone: true
    networks: [shop]
    category: dev-tools
    consumes: [web]
    stateless: true
    internal: true
  - name: proxy
    layer: platform
    standalone: true
    stateless: true
    ingress: [{host: "proxy.${DOMAIN}", port: 4180}]
"#,
    )
    .write("config-registry/env/ports.yml", "web: {http: 8080}\n")
    .write("config-registry/env/base.env", "DOMAIN=example.org\n")
    .write(".env", "DB_PASSWORD=made-up-s3cret\n")
    .write(
        "config-registry/env/environments.yml",
        format!(
            r#"environments:
  home:
    engine: kubernetes
    cluster: home
    gitops: {reconciler}
    repository: {{url: "https://git.test/flux-system.git", branch: main}}
    platform: {{cert_issuer: letsencrypt-staging}}
    apps:
      staging: {{issuer: letsencrypt-staging, domain: "staging.${{DOMAIN}}"}}
      prod: {{issuer: letsencrypt-prod}}
{layout}"#
        ),
    );
    let compose = |name: &str, more: &str| {
        format!(
            "services:\n  {name}:\n    image: example.org/{name}:1.0.0\n    restart: always\n    mem_limit: 64m\n{more}"
        )
    };
    let net = "    networks: [shop]\nnetworks:\n  shop: {name: shop, external: true}\n";
    let db = format!(
        "    user: \"70:70\"\n    environment: {{PASSWORD: \"{{{{ DB_PASSWORD }}}}\"}}\n    expose: [\"5432\"]\n    volumes: [\"data:/data\"]\n{net}volumes:\n  data: {{}}\n"
    );
    repo.write("domains/db/templates/compose.yml.tmpl", compose("db", &db))
        .write(
            "domains/web/templates/compose.yml.tmpl",
            compose(
                "web",
                &format!("    ports: [\"{{{{ PORT_WEB_HTTP }}}}:80\"]\n    volumes: [\"./web.conf:/etc/web.conf:ro\"]\n{net}"),
            ),
        )
        .write("domains/web/templates/web.conf.tmpl", "user {{ DB_PASSWORD }}\ncost $${DOMAIN}\n")
        .write("domains/board/templates/compose.yml.tmpl", compose("board", net))
        .write(
            "domains/proxy/templates/compose.yml.tmpl",
            compose("proxy", "    expose: [\"4180\"]\n    environment: {TEMPLATE: \"$${NOT_OURS}\"}\n"),
        );
    repo
}
