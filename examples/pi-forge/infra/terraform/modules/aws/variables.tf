variable "bucket" {
  description = "The bucket's name, unique in the world"
  type        = string
}

variable "expire_days" {
  description = "Days until a replaced or deleted object is gone for good"
  type        = number
}
