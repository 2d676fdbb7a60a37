# Written by foundry render into generated/<domain>/terraform.tfvars.

variable "environment" {
  description = "The environment, as in config-registry/env/overrides"
  type        = string
}

variable "service" {
  description = "The domain's name in the registry"
  type        = string
}

variable "dns_zone" {
  description = "The DNS domain under which services get their names"
  type        = string
}

variable "behind_tunnel" {
  description = "Whether the service is reached through the tunnel"
  type        = bool
}

variable "cloudflare_account_id" {
  description = "The account that the tunnel belongs to"
  type        = string
}

variable "cloudflare_zone_id" {
  description = "The zone in which names are made"
  type        = string
}

variable "tunnel_id" {
  description = "The tunnel that carries the traffic"
  type        = string
}

# Yours to set, see terraform.tfvars.example.

variable "backup_provider" {
  description = "Where backups are copied to: aws, gcp or none"
  type        = string
  default     = "none"

  validation {
    condition     = contains(["aws", "gcp", "none"], var.backup_provider)
    error_message = "backup_provider is aws, gcp or none."
  }
}

variable "backup_bucket_prefix" {
  description = "Bucket names are <prefix>-<environment>-<service>"
  type        = string
  default     = "pi-forge"
}

variable "backup_expire_days" {
  description = "Days until a replaced or deleted object is gone for good"
  type        = number
  default     = 30
}

variable "aws_region" {
  description = "Region of the backup bucket on AWS"
  type        = string
  default     = "eu-central-1"
}

variable "gcp_project" {
  description = "Project of the backup bucket on Google Cloud"
  type        = string
  default     = null
}

variable "gcp_region" {
  description = "Location of the backup bucket on Google Cloud"
  type        = string
  default     = "europe-west3"
}
