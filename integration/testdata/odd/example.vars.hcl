tokens = { rc = "a\"b\\c$d`e'f {{ g }} {% h %} $${#i} {", loader = "j {# k", carp = "Gelato%=@1" }
number = 80
