output "hostname" {
  description = "The full name of the service"
  value       = cloudflare_dns_record.service.name
}
