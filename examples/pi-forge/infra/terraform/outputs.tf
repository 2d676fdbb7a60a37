output "hostname" {
  description = "The public name, or null for a service that is not behind the tunnel"
  value       = one(module.cloudflare[*].hostname)
}

output "backup_bucket" {
  description = "The bucket that backups are copied to, or null"
  value       = one(concat(module.aws[*].bucket, module.gcp[*].bucket))
}
