//! Single calls to the API server: read, list, apply, patch, delete.

use super::kinds::{Kind, encoded};
use super::{Cluster, MANAGER, problem};
use crate::error::{Error, Kind as Sort, Result};
use foundry_core::plan::cluster::Reference;
use hyper::http::{Method, Request};
use serde_json::Value;

/// What an API server says to a request that it understands.
#[derive(Debug, Clone, PartialEq)]
pub enum Answer {
    /// It did it, or would do it: the object as it is then.
    Object(Value),
    /// It says no.
    Refused(Refusal),
}

/// Why an API server says no.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Refusal {
    /// The HTTP status.
    pub code: u16,
    /// Such as `Conflict` or `Invalid`.
    pub reason: String,
    /// Its sentence.
    pub message: String,
    /// For each cause: its reason, its message and its field.
    pub causes: Vec<(String, String, String)>,
}

/// How an object is applied.
#[derive(Debug, Clone, Copy)]
pub struct Apply<'a> {
    /// Who it is applied as; fields of the same manager that are no longer said are removed.
    pub manager: &'a str,
    /// Whether fields that somebody else owns are taken over.
    pub force: bool,
    /// Whether the server only says what it would do.
    pub dry_run: bool,
}

impl Default for Apply<'_> {
    fn default() -> Self {
        Apply { manager: MANAGER, force: false, dry_run: false }
    }
}

impl Cluster {
    /// The object, if it is there.
    ///
    /// # Errors
    /// `Engine` when the kind is unknown or reading is forbidden, `Unreachable` when nobody answers.
    pub async fn get(&self, object: &Reference) -> Result<Option<Value>> {
        let path = self.path(object).await?;
        match self.send(Method::GET, &path, None, None, &format!("reading {object}")).await? {
            Ok(found) => Ok(Some(found)),
            Err(status) if status.code == 404 => Ok(None),
            Err(status) => Err(self.refused(&format!("reading {object}"), status)),
        }
    }

    /// The objects of a kind, in one namespace or in all, with these labels (`a=b,c=d`; empty: any).
    ///
    /// # Errors
    /// `Engine` when reading is forbidden, `Unreachable` when nobody answers.
    pub async fn list(&self, kind: &Kind, namespace: Option<&str>, labels: &str) -> Result<Vec<Value>> {
        let action = format!("reading {}", kind.plural);
        let mut all = Vec::new();
        let mut next = String::new();
        loop {
            let query = format!("limit=500&labelSelector={}&continue={}", encoded(labels), encoded(&next));
            let path = format!("{}?{query}", kind.path(namespace));
            let page = self.send(Method::GET, &path, None, None, &action).await?;
            let mut page = page.map_err(|status| self.refused(&action, status))?;
            for mut item in page["items"].as_array_mut().map(std::mem::take).unwrap_or_default() {
                // Items of a list do not say what they are.
                item["apiVersion"] = kind.api_version.as_str().into();
                item["kind"] = kind.kind.as_str().into();
                all.push(item);
            }
            page["metadata"]["continue"].as_str().unwrap_or_default().clone_into(&mut next);
            if next.is_empty() {
                return Ok(all);
            }
        }
    }

    /// Applies the object on the server's side, with strict validation.
    ///
    /// # Errors
    /// `Engine` when the kind is unknown, `Unreachable` when nobody answers. A refusal is an answer.
    pub async fn apply(&self, object: &Value, how: Apply<'_>) -> Result<Answer> {
        let reference = Reference::of(object)
            .ok_or_else(|| Error::new(Sort::Internal, "an object without kind or name is applied"))?;
        let path = self.path(&reference).await?;
        let dry = if how.dry_run { "&dryRun=All" } else { "" };
        let (manager, force) = (encoded(how.manager), how.force);
        let path = format!("{path}?fieldManager={manager}&force={force}&fieldValidation=Strict{dry}");
        let (body, action) = (Some(object), format!("applying {reference}"));
        let sent = self.send(Method::PATCH, &path, body, Some("application/apply-patch+yaml"), &action);
        Ok(answer(sent.await?))
    }

    /// Merges `patch` into the object.
    ///
    /// # Errors
    /// `Engine` when the server says no, `Unreachable` when nobody answers.
    pub async fn merge(&self, object: &Reference, patch: &Value, manager: &str) -> Result<Value> {
        let path = format!("{}?fieldManager={}", self.path(object).await?, encoded(manager));
        let action = format!("changing {object}");
        let kind = Some("application/merge-patch+json");
        let sent = self.send(Method::PATCH, &path, Some(patch), kind, &action).await?;
        sent.map_err(|status| self.refused(&action, status))
    }

    /// Deletes the object, in the background what belongs to it; `false` when it is not there. With `uid` only that very one.
    ///
    /// # Errors
    /// `Engine` when the server says no, `Unreachable` when nobody answers.
    pub async fn delete(&self, object: &Reference, uid: Option<&str>) -> Result<bool> {
        let path = self.path(object).await?;
        let mut options = serde_json::json!({"propagationPolicy": "Background"});
        if let Some(uid) = uid {
            options["preconditions"] = serde_json::json!({"uid": uid});
        }
        let action = format!("deleting {object}");
        match self.send(Method::DELETE, &path, Some(&options), Some("application/json"), &action).await? {
            Ok(_) => Ok(true),
            Err(status) if status.code == 404 => Ok(false),
            Err(status) => Err(self.refused(&action, status)),
        }
    }

    /// Plain text that the API server gives, such as logs.
    pub(super) async fn text(&self, path: &str, action: &str) -> Result<String> {
        let request = request(Method::GET, path, None, None)?;
        self.in_time(action, self.client.request_text(request))
            .await?
            .map_err(|error| problem::of(action, &self.context, &error))
    }

    /// Text as it comes; nothing where there is none yet.
    pub(super) async fn stream(
        &self,
        path: &str,
        action: &str,
    ) -> Result<Option<impl futures_util::AsyncBufRead + use<>>> {
        let request = request(Method::GET, path, None, None)?;
        match self.in_time(action, self.client.request_stream(request)).await? {
            Ok(stream) => Ok(Some(stream)),
            // The container is still being made, or the pod is gone.
            Err(kube::Error::Api(status)) if matches!(status.code, 400 | 404) => Ok(None),
            Err(error) => Err(problem::of(action, &self.context, &error)),
        }
    }

    /// One answer of aggregated discovery.
    pub(super) async fn discover(&self, path: &str, action: &str) -> Result<Value> {
        const ACCEPT: &str = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,\
                              application/json;g=apidiscovery.k8s.io;v=v2beta1;as=APIGroupDiscoveryList";
        let request = Request::get(path).header("accept", ACCEPT).body(Vec::new()).map_err(unbuilt)?;
        self.in_time(action, self.client.request(request))
            .await?
            .map_err(|error| problem::of(action, &self.context, &error))
    }

    /// The path of one object.
    async fn path(&self, object: &Reference) -> Result<String> {
        // What was served at the beginning is enough for all but kinds that a run brought itself.
        let known = self.kinds().await?.find(&object.api_version, &object.kind).cloned();
        let kind = match known {
            Some(kind) => kind,
            None => self
                .ask_kinds()
                .await?
                .find(&object.api_version, &object.kind)
                .cloned()
                .ok_or_else(|| unknown(object))?,
        };
        Ok(format!("{}/{}", kind.path(object.namespace.as_deref()), encoded(&object.name)))
    }

    async fn send(
        &self,
        method: Method,
        path: &str,
        body: Option<&Value>,
        content: Option<&str>,
        action: &str,
    ) -> Result<std::result::Result<Value, Box<kube::core::Status>>> {
        let request = request(method, path, body, content)?;
        match self.in_time(action, self.client.request::<Value>(request)).await? {
            Ok(value) => Ok(Ok(value)),
            // Without the right credentials nothing else is worth trying.
            Err(kube::Error::Api(status)) if status.code != 401 => Ok(Err(status)),
            Err(error) => Err(problem::of(action, &self.context, &error)),
        }
    }

    async fn in_time<T>(&self, action: &str, work: impl Future<Output = T>) -> Result<T> {
        let limit = self.limit;
        tokio::time::timeout(limit, work).await.map_err(|_| problem::late(action, limit.as_secs()))
    }

    pub(super) fn refused(&self, action: &str, status: Box<kube::core::Status>) -> Error {
        problem::of(action, &self.context, &kube::Error::Api(status))
    }
}

fn unknown(object: &Reference) -> Error {
    let message = format!("the cluster knows no {} of {}", object.kind, object.api_version);
    Error::new(Sort::Engine, message).hint("install what brings this kind, then run the same command again")
}

fn answer(sent: std::result::Result<Value, Box<kube::core::Status>>) -> Answer {
    match sent {
        Ok(object) => Answer::Object(object),
        Err(status) => {
            let causes = status.details.iter().flat_map(|d| &d.causes);
            Answer::Refused(Refusal {
                code: status.code,
                causes: causes.map(|c| (c.reason.clone(), c.message.clone(), c.field.clone())).collect(),
                reason: status.reason,
                message: status.message,
            })
        }
    }
}

fn request(
    method: Method,
    path: &str,
    body: Option<&Value>,
    content: Option<&str>,
) -> Result<Request<Vec<u8>>> {
    let mut request = Request::builder().method(method).uri(path);
    if let Some(content) = content {
        request = request.header("content-type", content);
    }
    let body = body.map(|b| b.to_string().into_bytes()).unwrap_or_default();
    request.body(body).map_err(unbuilt)
}

fn unbuilt(error: hyper::http::Error) -> Error {
    Error::new(Sort::Internal, format!("a request to the API server cannot be put together: {error}"))
}
