variable "zone_id" {
  description = "The zone of the name"
  type        = string
}

variable "hostname" {
  description = "The full name of the service"
  type        = string
}

variable "tunnel_id" {
  description = "The tunnel that the name leads to"
  type        = string
}
