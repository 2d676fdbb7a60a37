//! What backups need of the engine: where volumes are, other files for the same engine, a project's end.

use super::{Compose, Layout, facts, problem};
use crate::error::Result;
use bollard::query_parameters::{
    ListContainersOptions, ListNetworksOptions, ListVolumesOptions, RemoveContainerOptions,
    RemoveVolumeOptions,
};
use std::collections::{BTreeMap, HashMap};

/// Where a volume's data is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mountpoint {
    /// Its folder on the engine's host.
    pub path: String,
    /// Whether the volume exists.
    pub exists: bool,
    /// Whether the folder is there all the time: a volume of a plug-in, or with a device of its own, is only mounted
    /// while a container uses it.
    pub plain: bool,
}

impl Compose {
    /// The engine's address as its host sees it.
    pub fn address(&self) -> &str {
        &self.address
    }

    /// The same engine with other files.
    #[must_use]
    pub fn with_layout(&self, layout: Layout) -> Compose {
        Compose {
            docker: self.docker.clone(),
            host: self.host.clone(),
            address: self.address.clone(),
            certificates: self.certificates.clone(),
            program: self.program.clone(),
            layout,
            redactor: self.redactor.clone(),
            timeout: self.timeout,
        }
    }

    /// Where volumes are, or would be.
    ///
    /// # Errors
    /// `Unreachable` or `Engine` when the engine does not answer.
    pub async fn mountpoints(&self, names: &[String]) -> Result<BTreeMap<String, Mountpoint>> {
        let mut out = BTreeMap::new();
        let mut root = None;
        for name in names {
            let mountpoint = match self.docker.inspect_volume(name).await {
                Ok(volume) => Mountpoint {
                    path: volume.mountpoint,
                    exists: true,
                    plain: volume.driver == "local"
                        && !volume.options.keys().any(|key| ["type", "device", "o"].contains(&key.as_str())),
                },
                Err(error) if problem::is_absent(&error) => {
                    if root.is_none() {
                        let info = self.docker.info().await;
                        let info = info.map_err(|e| problem::engine("asking for the engine's folder", &e))?;
                        root = info.docker_root_dir;
                    }
                    let root = root.as_deref().unwrap_or("/var/lib/docker");
                    Mountpoint { path: format!("{root}/volumes/{name}/_data"), exists: false, plain: true }
                }
                Err(error) => return Err(problem::engine(&format!("inspecting volume {name}"), &error)),
            };
            out.insert(name.clone(), mountpoint);
        }
        Ok(out)
    }

    /// Removes the containers, networks and volumes of a project.
    ///
    /// # Errors
    /// `Unreachable` or `Engine` when the engine does not answer or refuses.
    pub async fn remove_project(&self, project: &str) -> Result<()> {
        let failed = |error: &_| problem::engine(&format!("removing project {project}"), error);
        let label = format!("{}={project}", facts::PROJECT);
        let filters = || Some(HashMap::from([("label".to_string(), vec![label.clone()])]));
        let options = ListContainersOptions { all: true, filters: filters(), ..Default::default() };
        let containers = self.docker.list_containers(Some(options)).await.map_err(|e| failed(&e))?;
        for id in containers.into_iter().filter_map(|c| c.id) {
            let options = RemoveContainerOptions { force: true, v: true, ..Default::default() };
            gone(self.docker.remove_container(&id, Some(options)).await).map_err(|e| failed(&e))?;
        }
        let options = ListNetworksOptions { filters: filters() };
        let networks = self.docker.list_networks(Some(options)).await.map_err(|e| failed(&e))?;
        for id in networks.into_iter().filter_map(|n| n.id) {
            gone(self.docker.remove_network(&id).await).map_err(|e| failed(&e))?;
        }
        let options = ListVolumesOptions { filters: filters() };
        let volumes = self.docker.list_volumes(Some(options)).await.map_err(|e| failed(&e))?;
        for volume in volumes.volumes.unwrap_or_default() {
            let removed = self.docker.remove_volume(&volume.name, None::<RemoveVolumeOptions>).await;
            gone(removed).map_err(|e| failed(&e))?;
        }
        Ok(())
    }
}

fn gone(
    removed: std::result::Result<(), bollard::errors::Error>,
) -> std::result::Result<(), bollard::errors::Error> {
    match removed {
        Err(error) if problem::is_absent(&error) => Ok(()),
        other => other,
    }
}
