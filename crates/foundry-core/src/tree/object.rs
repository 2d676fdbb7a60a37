//! One Kubernetes object: its value as it will be applied, and the text it came from.

use crate::diag::Span;
use crate::yaml::Node;
use serde_json::Value;
use std::sync::Arc;

/// An object with its origin. What kustomize changes is in the value; places are those of the origin.
#[derive(Debug, Clone)]
pub struct Object {
    /// The object as it will be applied.
    pub value: Value,
    /// The document that it came from; for generated objects the generator's entry.
    pub source: Arc<Node>,
}

/// Kinds that stand outside namespaces, as far as Kubernetes itself and the common extensions go.
const CLUSTER_SCOPED: [(&str, &str); 44] = [
    ("", "Namespace"),
    ("", "Node"),
    ("", "PersistentVolume"),
    ("", "ComponentStatus"),
    ("admissionregistration.k8s.io", "MutatingWebhookConfiguration"),
    ("admissionregistration.k8s.io", "ValidatingWebhookConfiguration"),
    ("admissionregistration.k8s.io", "ValidatingAdmissionPolicy"),
    ("admissionregistration.k8s.io", "ValidatingAdmissionPolicyBinding"),
    ("admissionregistration.k8s.io", "MutatingAdmissionPolicy"),
    ("admissionregistration.k8s.io", "MutatingAdmissionPolicyBinding"),
    ("apiextensions.k8s.io", "CustomResourceDefinition"),
    ("apiregistration.k8s.io", "APIService"),
    ("certificates.k8s.io", "CertificateSigningRequest"),
    ("flowcontrol.apiserver.k8s.io", "FlowSchema"),
    ("flowcontrol.apiserver.k8s.io", "PriorityLevelConfiguration"),
    ("networking.k8s.io", "IngressClass"),
    ("networking.k8s.io", "IPAddress"),
    ("networking.k8s.io", "ServiceCIDR"),
    ("node.k8s.io", "RuntimeClass"),
    ("policy", "PodSecurityPolicy"),
    ("rbac.authorization.k8s.io", "ClusterRole"),
    ("rbac.authorization.k8s.io", "ClusterRoleBinding"),
    ("resource.k8s.io", "DeviceClass"),
    ("scheduling.k8s.io", "PriorityClass"),
    ("storage.k8s.io", "CSIDriver"),
    ("storage.k8s.io", "CSINode"),
    ("storage.k8s.io", "StorageClass"),
    ("storage.k8s.io", "VolumeAttachment"),
    ("storage.k8s.io", "VolumeAttributesClass"),
    ("cert-manager.io", "ClusterIssuer"),
    ("external-secrets.io", "ClusterSecretStore"),
    ("external-secrets.io", "ClusterExternalSecret"),
    ("external-secrets.io", "ClusterPushSecret"),
    ("gateway.networking.k8s.io", "GatewayClass"),
    ("snapshot.storage.k8s.io", "VolumeSnapshotClass"),
    ("snapshot.storage.k8s.io", "VolumeSnapshotContent"),
    ("cilium.io", "CiliumClusterwideNetworkPolicy"),
    ("cilium.io", "CiliumLoadBalancerIPPool"),
    ("cilium.io", "CiliumL2AnnouncementPolicy"),
    ("crd.projectcalico.org", "GlobalNetworkPolicy"),
    ("kyverno.io", "ClusterPolicy"),
    ("trust.cert-manager.io", "Bundle"),
    ("longhorn.io", "ClusterBackingImage"),
    ("projectcontour.io", "ContourConfigurationCluster"),
];

/// Whether kustomize knows the kind as cluster-scoped: it knows only what Kubernetes had in 1.21.
pub(super) fn kustomize_cluster_scoped(group: &str, version: &str, kind: &str) -> bool {
    let old = CLUSTER_SCOPED[..29].contains(&(group, kind)) && !kind.contains("AdmissionPolic");
    let new = ["IPAddress", "ServiceCIDR", "DeviceClass", "VolumeAttributesClass"].contains(&kind);
    let psp = kind == "PodSecurityPolicy" && version != "v1beta1";
    old && !new && !psp && (version == "v1" || version.starts_with("v1beta"))
}

/// Whether objects of the kind stand outside namespaces.
pub fn cluster_scoped(group: &str, kind: &str) -> bool {
    CLUSTER_SCOPED.contains(&(group, kind))
}

impl Object {
    /// `apiVersion`.
    pub fn api_version(&self) -> &str {
        self.text(&["apiVersion"])
    }

    /// The API group; empty for the core group.
    pub fn group(&self) -> &str {
        self.api_version().rsplit_once('/').map_or("", |(group, _)| group)
    }

    /// The version within the group.
    pub fn version(&self) -> &str {
        self.api_version().rsplit('/').next().unwrap_or_default()
    }

    /// `kind`.
    pub fn kind(&self) -> &str {
        self.text(&["kind"])
    }

    /// `metadata.name`.
    pub fn name(&self) -> &str {
        self.text(&["metadata", "name"])
    }

    /// `metadata.namespace`; empty when none is said.
    pub fn namespace(&self) -> &str {
        self.text(&["metadata", "namespace"])
    }

    /// The label's value.
    pub fn label(&self, key: &str) -> Option<&str> {
        self.get(&["metadata", "labels", key])?.as_str()
    }

    /// The annotation's value.
    pub fn annotation(&self, key: &str) -> Option<&str> {
        self.get(&["metadata", "annotations", key])?.as_str()
    }

    /// Whether this is of `kind` in `group`, whatever its version.
    pub fn is(&self, group: &str, kind: &str) -> bool {
        self.kind() == kind && self.group() == group
    }

    /// The value at `path`.
    pub fn get(&self, path: &[&str]) -> Option<&Value> {
        at(&self.value, path)
    }

    /// The text at `path`; empty when there is none.
    pub fn text(&self, path: &[&str]) -> &str {
        self.get(path).and_then(Value::as_str).unwrap_or_default()
    }

    /// The list at `path`; empty when there is none.
    pub fn list(&self, path: &[&str]) -> &[Value] {
        self.get(path).and_then(Value::as_array).map_or(&[], Vec::as_slice)
    }

    /// `kind/name`, for messages.
    pub fn title(&self) -> String {
        format!("{}/{}", self.kind(), self.name())
    }

    /// The place of `path` in the text, or of the nearest part around it that is written there.
    pub fn span<S: AsRef<str>>(&self, path: &[S]) -> Span {
        place(&self.source, path)
    }

    /// The place of the object's name.
    pub fn place(&self) -> Span {
        self.span(&["metadata", "name"])
    }
}

/// The place of `path` below `node`, or of the nearest part around it; a mapping's place is its key.
pub fn place<S: AsRef<str>>(node: &Arc<Node>, path: &[S]) -> Span {
    let mut node = node.clone();
    let mut span = node.entries().first().map_or_else(|| node.span.clone(), |e| e.key.span.clone());
    for token in path {
        let token = token.as_ref();
        let next = match node.entry(token) {
            Some(entry) => {
                let scalar = entry.value.text().is_some_and(|t| !t.is_empty());
                span = if scalar { entry.value.span.clone() } else { entry.key.span.clone() };
                Some(entry.value.clone())
            }
            None => token.parse::<usize>().ok().and_then(|i| node.items().get(i).cloned()).inspect(|item| {
                let first = item.entries().first().map(|e| e.key.span.clone());
                span = first.unwrap_or_else(|| item.span.clone());
            }),
        };
        let Some(next) = next else { break };
        node = next;
    }
    span
}

/// The value at `path`; numbers are positions in lists.
pub fn at<'a>(value: &'a Value, path: &[&str]) -> Option<&'a Value> {
    path.iter().try_fold(value, |value, token| match value {
        Value::Object(map) => map.get(*token),
        Value::Array(items) => items.get(token.parse::<usize>().ok()?),
        _ => None,
    })
}
