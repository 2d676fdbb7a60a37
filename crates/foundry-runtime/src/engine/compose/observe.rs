//! Takes the snapshot: lists once, inspects in parallel, reads only.

use super::{Compose, facts, problem};
use crate::error::Result;
use bollard::errors::Error as ApiError;
use bollard::models::ContainerInspectResponse;
use bollard::query_parameters::{
    InspectContainerOptions, ListContainersOptions, ListImagesOptions, ListNetworksOptions,
    ListVolumesOptions,
};
use foundry_core::plan::{Container, ONE_OFF, Observed};
use futures_util::stream::{self, StreamExt};
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// How many containers are inspected at once.
const AT_ONCE: usize = 16;

/// What a snapshot is needed for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Scope {
    /// Everything that a plan looks at.
    #[default]
    All,
    /// Only the containers: `ps`, `status`.
    Containers,
}

impl Compose {
    /// A snapshot of the place. Only reads.
    ///
    /// # Errors
    /// `Unreachable` or `Engine` when the engine does not answer, `Host` when a file cannot be read.
    pub async fn observe(&self, scope: Scope) -> Result<Observed> {
        let containers = self.containers(HashMap::new());
        if scope == Scope::Containers {
            return Ok(Observed { containers: containers.await?, ..Observed::default() });
        }
        let containers = async {
            let mut containers = containers.await?;
            self.own_environment(&mut containers).await?;
            Ok(containers)
        };
        let (containers, networks, volumes, images, files, stats) = tokio::try_join!(
            containers,
            self.networks(),
            self.volumes(),
            self.images(),
            self.host.hashes(&self.layout.generated),
            self.host.stats(&self.layout.generated),
        )?;
        Ok(Observed { containers, networks, volumes, images, files, stats })
    }

    /// Tells the variables that containers of services have from those of their images.
    async fn own_environment(&self, containers: &mut [Container]) -> Result<()> {
        let of_services = || containers.iter().filter(|c| !c.service.is_empty());
        let ids: BTreeSet<String> = of_services().map(|c| c.image_id.clone()).collect();
        let mut inspected = stream::iter(ids.into_iter().map(|id| async move {
            let image = self.docker.inspect_image(&id).await;
            (id, image)
        }))
        .buffer_unordered(AT_ONCE);
        let mut images = BTreeMap::new();
        while let Some((id, image)) = inspected.next().await {
            match image {
                Ok(image) => {
                    let pairs = image.config.and_then(|config| config.env).unwrap_or_default();
                    let pairs: BTreeSet<_> = pairs.iter().map(|pair| facts::fingerprints(pair)).collect();
                    images.insert(id, pairs);
                }
                // Nothing holds the image of a container that was made before it was removed by force.
                Err(error) if problem::is_absent(&error) => {}
                Err(error) => return Err(problem::engine("inspecting an image", &error)),
            }
        }
        for container in containers.iter_mut().filter(|c| !c.service.is_empty()) {
            let Some(image) = images.get(&container.image_id) else { continue };
            let own = container
                .environment
                .iter()
                .filter(|(name, value)| !image.contains(&((*name).clone(), (*value).clone())));
            container.own_environment = Some(own.map(|(name, _)| name.clone()).collect());
        }
        Ok(())
    }

    async fn containers(&self, filters: HashMap<String, Vec<String>>) -> Result<Vec<Container>> {
        let found = self.inspect(filters).await?;
        let mut out: Vec<Container> = found.into_iter().map(facts::container).collect();
        out.sort_by(|a, b| {
            let key = |c: &Container| (c.project.clone(), c.service.clone(), c.number, c.name.clone());
            key(a).cmp(&key(b))
        });
        Ok(out)
    }

    /// All containers of one service, running or not, sorted by name; what `docker compose run` left is none of them.
    pub(super) async fn of_service(
        &self,
        project: &str,
        service: &str,
    ) -> Result<Vec<ContainerInspectResponse>> {
        let labels = [format!("{}={project}", facts::PROJECT), format!("{}={service}", facts::SERVICE)];
        let mut found = self.inspect(HashMap::from([("label".to_string(), labels.to_vec())])).await?;
        found.retain(|container| !one_off(container));
        found.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(found)
    }

    async fn inspect(&self, filters: HashMap<String, Vec<String>>) -> Result<Vec<ContainerInspectResponse>> {
        let options = ListContainersOptions { all: true, filters: Some(filters), ..Default::default() };
        let listed = self.docker.list_containers(Some(options)).await;
        let listed = listed.map_err(|error| problem::engine("listing containers", &error))?;
        let ids = listed.into_iter().filter_map(|container| container.id);
        let mut inspected = stream::iter(ids.map(|id| async move {
            self.docker.inspect_container(&id, None::<InspectContainerOptions>).await
        }))
        .buffer_unordered(AT_ONCE);
        let mut out = Vec::new();
        while let Some(container) = inspected.next().await {
            match container {
                Ok(container) => out.push(container),
                // Removed since it was listed.
                Err(error) if problem::is_absent(&error) => {}
                Err(error) => return Err(problem::engine("inspecting a container", &error)),
            }
        }
        Ok(out)
    }

    async fn networks(&self) -> Result<Vec<foundry_core::plan::ObservedNetwork>> {
        let listed = self.docker.list_networks(None::<ListNetworksOptions>).await;
        let listed = listed.map_err(|error| problem::engine("listing networks", &error))?;
        Ok(by_name(listed.into_iter().map(facts::network), |network| network.name.clone()))
    }

    async fn volumes(&self) -> Result<Vec<foundry_core::plan::ObservedVolume>> {
        let listed = self.docker.list_volumes(None::<ListVolumesOptions>).await;
        let listed = listed.map_err(|error| problem::engine("listing volumes", &error))?;
        Ok(by_name(listed.volumes.unwrap_or_default().into_iter().map(facts::volume), |volume| {
            volume.name.clone()
        }))
    }

    async fn images(&self) -> Result<Vec<foundry_core::plan::ObservedImage>> {
        let listed: std::result::Result<_, ApiError> =
            self.docker.list_images(None::<ListImagesOptions>).await;
        let listed = listed.map_err(|error| problem::engine("listing images", &error))?;
        Ok(by_name(listed.into_iter().map(facts::image), |image| image.id.clone()))
    }
}

fn one_off(container: &ContainerInspectResponse) -> bool {
    let labels = container.config.as_ref().and_then(|config| config.labels.as_ref());
    labels.and_then(|labels| labels.get(ONE_OFF)).is_some_and(|value| value == "True")
}

fn by_name<T>(items: impl Iterator<Item = T>, name: impl Fn(&T) -> String) -> Vec<T> {
    let mut out: Vec<T> = items.collect();
    out.sort_by_cached_key(name);
    out
}
