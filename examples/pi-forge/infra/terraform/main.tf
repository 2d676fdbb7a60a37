# What one service needs in the cloud: a name behind the tunnel, and a bucket for its backups.
# Input: generated/<domain>/terraform.tfvars, written by foundry render.

terraform {
  required_version = ">= 1.6.0, < 2.0.0"

  required_providers {
    cloudflare = {
      source  = "cloudflare/cloudflare"
      version = "5.3.0"
    }
    aws = {
      source  = "hashicorp/aws"
      version = "5.95.0"
    }
    google = {
      source  = "hashicorp/google"
      version = "6.30.0"
    }
  }
}

# Credentials come from CLOUDFLARE_API_TOKEN, AWS_* and GOOGLE_* in the environment, never from a file here.
provider "cloudflare" {}

provider "aws" {
  region = var.aws_region
}

provider "google" {
  project = var.gcp_project
  region  = var.gcp_region
}

module "cloudflare" {
  source = "./modules/cloudflare"
  count  = var.behind_tunnel ? 1 : 0

  zone_id   = var.cloudflare_zone_id
  hostname  = "${var.service}.${var.dns_zone}"
  tunnel_id = var.tunnel_id
}

module "aws" {
  source = "./modules/aws"
  count  = var.backup_provider == "aws" ? 1 : 0

  bucket      = "${var.backup_bucket_prefix}-${var.environment}-${var.service}"
  expire_days = var.backup_expire_days
}

module "gcp" {
  source = "./modules/gcp"
  count  = var.backup_provider == "gcp" ? 1 : 0

  bucket      = "${var.backup_bucket_prefix}-${var.environment}-${var.service}"
  location    = var.gcp_region
  expire_days = var.backup_expire_days
}
