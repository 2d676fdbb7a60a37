//! Carries out single actions: files, networks, volumes and containers of one place.

use super::{Compose, During, Failure, facts, problem};
use crate::error::{Error, Kind};
use bollard::errors::Error as ApiError;
use bollard::models::{
    EndpointSettings, Ipam, IpamConfig, NetworkConnectRequest, NetworkCreateRequest,
    NetworkDisconnectRequest, VolumeCreateRequest,
};
use bollard::query_parameters::{
    ListNetworksOptions, RemoveContainerOptions, RemoveVolumeOptions, StartContainerOptions,
    StopContainerOptions,
};
use foundry_core::plan::{Action, Condition, NetworkSpec, Step, VolumeSpec};
use futures_util::stream::{self, StreamExt, TryStreamExt};
use std::collections::{BTreeMap, HashMap};
use std::time::Duration;

type Done = Result<(), Failure>;

/// How many files travel at once: an SSH server allows ten sessions.
const FILES_AT_ONCE: usize = 6;
/// Containers may have stop times of many minutes.
const STOPPING: Duration = Duration::from_secs(60 * 60);

impl Compose {
    /// Carries out one step. It does what the action says and looks at nothing else.
    ///
    /// # Errors
    /// A `Failure` of kind `Step`, `Engine`, `Host` or `Unreachable`; `Cancelled` when the flag was raised.
    pub async fn perform(&self, step: &Step, during: &During<'_>) -> Done {
        self.act(step, during).await.map_err(|mut failure| {
            failure.error.message = self.redactor.text(&failure.error.message);
            failure
        })
    }

    async fn act(&self, step: &Step, during: &During<'_>) -> Done {
        let domain = step.domain.as_deref();
        match &step.action {
            Action::WriteFiles { write, remove } => self.write_files(write, remove, during).await,
            Action::CreateNetwork(spec) => self.create_network(spec).await,
            Action::RemoveNetwork { name } => {
                gone_is_fine(&format!("removing network {name}"), self.docker.remove_network(name).await)
            }
            Action::CreateVolume(spec) => self.create_volume(spec).await,
            Action::RemoveVolume { name } => {
                let removed = self.docker.remove_volume(name, None::<RemoveVolumeOptions>).await;
                gone_is_fine(&format!("removing volume {name}"), removed)
            }
            Action::PullImage { project, service, .. } => {
                self.compose(project, domain.unwrap_or(project), &["pull", service], during).await
            }
            Action::BuildImage { project, service, .. } => {
                self.compose(project, domain.unwrap_or(project), &["build", service], during).await
            }
            Action::Create { project, service, until } | Action::Start { project, service, until } => {
                self.up(project, domain, service, "--no-recreate", *until, during).await
            }
            Action::Recreate { project, service, until } => {
                self.up(project, domain, service, "--force-recreate", *until, during).await
            }
            Action::Restart { project, service, until } => {
                self.each_of(project, service, |id| self.restart(id)).await?;
                self.wait(project, service, *until, during).await
            }
            Action::Unpause { project, service, until } => {
                self.each_of(project, service, |id| self.unpause(id)).await?;
                self.wait(project, service, *until, during).await
            }
            Action::Wait { project, service, until } => self.wait(project, service, *until, during).await,
            Action::RemoveContainer { name, id } => self.remove_container(name, id).await,
            Action::Disconnect { network, container, id } => {
                self.disconnect_network(network, container, id).await
            }
            Action::Connect { network, container, id, aliases, link } => {
                let aliases = (aliases.as_slice(), *link);
                self.connect_network(network, container, id, aliases).await
            }
            Action::Backup(_) | Action::Cluster(_) => {
                Err(Error::new(Kind::Internal, "a step about backups came to the engine").into())
            }
        }
    }

    async fn up(
        &self,
        project: &str,
        domain: Option<&str>,
        service: &str,
        how: &str,
        until: Condition,
        during: &During<'_>,
    ) -> Done {
        let words = ["up", "-d", "--no-deps", "--no-build", "--pull", "never", how, service];
        self.compose(project, domain.unwrap_or(project), &words, during).await?;
        self.wait(project, service, until, during).await
    }

    async fn write_files(&self, write: &[String], remove: &[String], during: &During<'_>) -> Done {
        let writes = stream::iter(write.iter().map(|path| async move {
            let (bytes, mode) = during.contents.get(path).ok_or_else(|| {
                Error::new(Kind::Internal, format!("the plan names {path} and has no content for it"))
            })?;
            self.host.write(&self.layout.path(path)?, bytes, mode).await
        }));
        writes.buffer_unordered(FILES_AT_ONCE).try_collect::<()>().await?;
        for path in remove {
            self.host.remove(&self.layout.path(path)?, &self.layout.generated).await?;
        }
        Ok(())
    }

    async fn create_network(&self, spec: &NetworkSpec) -> Done {
        let name = &spec.name;
        let failed = |error: &_| Failure::from(problem::engine(&format!("creating network {name}"), error));
        let pools = spec.pools.iter().map(|pool| IpamConfig {
            subnet: pool.subnet.clone(),
            gateway: pool.gateway.clone(),
            ip_range: pool.ip_range.clone(),
            auxiliary_addresses: None,
        });
        let pools: Vec<IpamConfig> = pools.collect();
        let request = NetworkCreateRequest {
            name: name.clone(),
            driver: Some(or_default(&spec.driver, "bridge")),
            internal: Some(spec.internal),
            attachable: Some(spec.attachable),
            enable_ipv6: spec.ipv6.then_some(true),
            ipam: (!pools.is_empty()).then(|| Ipam { config: Some(pools), ..Ipam::default() }),
            options: Some(map(&spec.options)),
            labels: Some(map(&spec.labels)),
            ..NetworkCreateRequest::default()
        };
        let made = self.docker.create_network(request).await.map_err(|error| failed(&error))?;
        // Engines before 25 make a second network of the same name when two ask at the same moment.
        let filters = HashMap::from([("name".to_string(), vec![name.clone()])]);
        let listed = self.docker.list_networks(Some(ListNetworksOptions { filters: Some(filters) })).await;
        let same = listed.map_err(|error| failed(&error))?;
        if same.iter().filter(|network| network.name.as_deref() == Some(name)).count() > 1 {
            self.docker.remove_network(&made.id).await.map_err(|error| failed(&error))?;
            return Err(Error::new(
                Kind::Stale,
                format!("another run made network {name} at the same moment"),
            )
            .into());
        }
        Ok(())
    }

    async fn create_volume(&self, spec: &VolumeSpec) -> Done {
        let request = VolumeCreateRequest {
            name: Some(spec.name.clone()),
            driver: Some(or_default(&spec.driver, "local")),
            driver_opts: Some(map(&spec.options)),
            labels: Some(map(&spec.labels)),
            cluster_volume_spec: None,
        };
        let made = self.docker.create_volume(request).await;
        made.map(|_| ())
            .map_err(|error| problem::engine(&format!("creating volume {}", spec.name), &error).into())
    }

    /// Does the same to every container of a service, all at once.
    async fn each_of<'a, F>(&'a self, project: &str, service: &str, act: impl Fn(String) -> F) -> Done
    where
        F: Future<Output = Done> + 'a,
    {
        let ids = self.of_service(project, service).await?.into_iter().filter_map(|container| container.id);
        futures_util::future::try_join_all(ids.map(act)).await.map(|_| ())
    }

    /// Stops and starts: Engine 20.10's own restart races with a running health check and then leaves a container
    /// with a volume without its root folder, so that every later check fails (seen in 11 of 20 restarts).
    async fn restart(&self, id: String) -> Done {
        let docker = self.docker.clone().with_timeout(STOPPING);
        let failed = |error| Failure::from(problem::engine("restarting a container", &error));
        docker.stop_container(&id, None::<StopContainerOptions>).await.map_err(failed)?;
        docker.start_container(&id, None::<StartContainerOptions>).await.map_err(failed)
    }

    async fn unpause(&self, id: String) -> Done {
        match self.docker.unpause_container(&id).await {
            // One of several that was not paused.
            Err(ApiError::DockerResponseServerError { status_code: 409 | 500, message })
                if message.contains("not paused") =>
            {
                Ok(())
            }
            done => done.map_err(|error| problem::engine("unpausing a container", &error).into()),
        }
    }

    async fn remove_container(&self, name: &str, id: &str) -> Done {
        let docker = self.docker.clone().with_timeout(STOPPING);
        // Its own stop signal and time first; `force` is only for what does not stop.
        gone_is_fine(
            &format!("stopping {name}"),
            docker.stop_container(id, None::<StopContainerOptions>).await,
        )?;
        let options = RemoveContainerOptions { force: true, ..RemoveContainerOptions::default() };
        gone_is_fine(&format!("removing {name}"), docker.remove_container(id, Some(options)).await)
    }

    async fn connect_network(
        &self,
        network: &str,
        container: &str,
        id: &str,
        (aliases, link): (&[String], bool),
    ) -> Done {
        let mark = HashMap::from([(facts::LINK.to_string(), "true".to_string())]);
        let request = NetworkConnectRequest {
            container: id.to_string(),
            endpoint_config: Some(EndpointSettings {
                aliases: Some(aliases.to_vec()),
                driver_opts: link.then_some(mark),
                ..EndpointSettings::default()
            }),
        };
        let connected = self.docker.connect_network(network, request).await;
        connected.map_err(|error| {
            problem::engine(&format!("attaching {container} to network {network}"), &error).into()
        })
    }

    async fn disconnect_network(&self, network: &str, container: &str, id: &str) -> Done {
        let request = NetworkDisconnectRequest { container: id.to_string(), force: None };
        let done = self.docker.disconnect_network(network, request).await;
        gone_is_fine(&format!("taking {container} off network {network}"), done)
    }
}

/// What shall go away and is away already is done.
fn gone_is_fine(action: &str, done: Result<(), ApiError>) -> Done {
    match done {
        Err(error) if !problem::is_absent(&error) => Err(problem::engine(action, &error).into()),
        _ => Ok(()),
    }
}

fn or_default(text: &str, default: &str) -> String {
    if text.is_empty() { default.to_string() } else { text.to_string() }
}

fn map(values: &BTreeMap<String, String>) -> HashMap<String, String> {
    values.iter().map(|(name, value)| (name.clone(), value.clone())).collect()
}
