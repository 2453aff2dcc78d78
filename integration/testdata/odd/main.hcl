# What is hardest to carry into a template and back: secrets that rc.conf has to
# escape, and text that Jinja2 would take for its own.
cluster "odd" {
  freebsd = "14.2"
  rc = {
    token       = var.tokens["rc"]
    number      = var.number
    flags       = "-k ${"$"}{#x} {{ y }} {% z %} {# w #}"
    brace       = "{"
    brace_token = var.tokens.rc
  }
  loader = { "kern.token" = var.tokens["loader"] }
  vars = {
    no = "no", Yes = "yes", port = "1:30", octal = "0123", hex = "0x1f", value = "=", merge = "<<", tilde = "~", empty = "",
    date = "2024-01-01", lines = "a\nb\n", quotes = "'\"\\", odd = "é\u2028😀", colon = "a: b", hash = "a #b", star = "*a",
    release = "14.2", address = "2001:db8::1", big = 12345678901234567890, small = 0.1, list = [1, [true, null, {}], []],
    token = var.tokens["rc"]
  }
}

variable "tokens" {
  type      = map(string)
  sensitive = true
}

variable "number" {
  type      = number
  sensitive = true
}

network "lan" {
  prefixes = ["10.0.0.0/24"]
}

node "a" {
  interface "em0" {
    network   = network.lan
    addresses = ["10.0.0.1"]
  }
}

node "b" {
  interface "em0" {
    network   = network.lan
    addresses = ["10.0.0.2"]
  }
}

vip "web" {
  network   = network.lan
  vhid      = 1
  password  = var.tokens["carp"]
  addresses = ["10.0.0.3"]
}
