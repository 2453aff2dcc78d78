package main

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"filippo.io/age"
	"filippo.io/age/armor"
)

// keyFile makes a key of age, in a file.
func keyFile(t *testing.T, name string) (file string, key *age.X25519Identity) {
	t.Helper()
	key, err := age.GenerateX25519Identity()
	if err != nil {
		t.Fatal(err)
	}
	file = filepath.Join(t.TempDir(), name)
	write(t, file, "# a comment\n"+key.String()+"\n")
	return file, key
}

// sealed encrypts a var-file with the secret.
func sealed(t *testing.T, to age.Recipient, armored bool) []byte {
	t.Helper()
	var b bytes.Buffer
	var dst io.Writer = &b
	closeArmor := func() error { return nil }
	if armored {
		a := armor.NewWriter(&b)
		dst, closeArmor = a, a.Close
	}
	w, err := age.Encrypt(dst, to)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.WriteString(w, `carp_password = "`+theSecret+"\"\n"); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if err := closeArmor(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// outcome runs carpool and holds that it shows no secret.
func outcome(t *testing.T, args ...string) (code int, out string) {
	t.Helper()
	var b bytes.Buffer
	code = run(args, streams{in: strings.NewReader(""), out: stream{Writer: &b}, err: stream{Writer: &b}, env: os.Environ()})
	if strings.Contains(b.String(), theSecret) || strings.Contains(b.String(), "AGE-SECRET") {
		t.Errorf("%v shows a secret:\n%s", args, b.String())
	}
	return code, b.String()
}

func TestAge(t *testing.T) {
	site := t.TempDir()
	write(t, filepath.Join(site, "main.hcl"), string(startingDescription))
	right, key := keyFile(t, "right.key")
	wrong, _ := keyFile(t, "wrong.key")
	bad := filepath.Join(site, "bad.key")
	write(t, bad, "AGE-SECRET-KEY-1"+theSecret+"\n")
	phrase, err := age.NewScryptRecipient("open")
	if err != nil {
		t.Fatal(err)
	}
	phrase.SetWorkFactor(10)
	whole := sealed(t, key.Recipient(), false)
	tests := []struct {
		name, file string
		data       []byte
		keys       []string
		code       int
		says       string
	}{
		{"right key", "v.hcl.age", whole, []string{right}, exitClean, "wrote"},
		{"one of two keys", "v.hcl.age", whole, []string{wrong, right}, exitClean, "wrote"},
		{"armored, under any name", "vars", sealed(t, key.Recipient(), true), []string{right}, exitClean, "wrote"},
		{"no key", "v.hcl.age", whole, nil, exitUsage, "--identity FILE"},
		{"wrong key", "v.hcl.age", whole, []string{wrong}, exitFailure, "is encrypted for other keys"},
		{"passphrase", "v.hcl.age", sealed(t, phrase, false), []string{right}, exitFailure, "a passphrase is none"},
		{"cut in its head", "v.hcl.age", whole[:60], []string{right}, exitFailure, "damaged or cut short"},
		{"cut in its body", "v.hcl.age", whole[:len(whole)-9], []string{right}, exitFailure, "damaged, cut short"},
		{"damaged", "v.hcl.age", append(bytes.Clone(whole[:len(whole)-1]), whole[len(whole)-1]^1), []string{right}, exitFailure, "damaged, cut short"},
		{"not encrypted", "v.hcl.age", []byte("carp_password = \"" + theSecret + "\"\n"), []string{right}, exitFailure, "and is none"},
		{"no such key", "v.hcl.age", whole, []string{"/nowhere.key"}, exitFailure, "cannot read --identity"},
		{"no key in the file", "v.hcl.age", whole, []string{bad}, exitFailure, "holds no key of age"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			dir := t.TempDir()
			file := filepath.Join(dir, test.file)
			write(t, file, string(test.data))
			args := []string{"render", site, "-o", filepath.Join(dir, "out"), "-var-file", file}
			for _, k := range test.keys {
				args = append(args, "--identity", k)
			}
			code, out := outcome(t, args...)
			if code != test.code || !strings.Contains(out, test.says) {
				t.Errorf("exit %d, want %d with %q:\n%s", code, test.code, test.says, out)
			}
			if code != exitClean {
				return
			}
			rc, err := os.ReadFile(filepath.Join(dir, "out/alpha/etc/rc.conf"))
			if err != nil || !strings.Contains(string(rc), theSecret) {
				t.Errorf("the value has not arrived: %v", err)
			}
		})
	}
}

// TestVault lets a program in the place of ansible-vault do what it may do.
func TestVault(t *testing.T) {
	site := t.TempDir()
	write(t, filepath.Join(site, "main.hcl"), string(startingDescription))
	file := filepath.Join(site, "vault.yml")
	write(t, file, "$ANSIBLE_VAULT;1.1;AES256\n6162\n")
	password := filepath.Join(site, "password")
	write(t, password, "open\n")
	old := vaultTime
	t.Cleanup(func() { vaultTime = old })
	vaultTime = 300 * time.Millisecond
	tests := []struct {
		name, script string
		args         []string
		code         int
		says         string
	}{
		{"decrypts", `[ "$*" = "decrypt --output -" ] && grep -q 6162 && echo carp_password: ` + theSecret, nil, exitClean, "wrote"},
		{"with a password file", `[ "$4 $5" = "--vault-password-file ` + password + `" ] && echo carp_password: ` + theSecret,
			[]string{"--vault-password-file", password}, exitClean, "wrote"},
		{"fails and talks", `echo ` + theSecret + ` | tee /dev/stderr; exit 1`, nil, exitFailure, "ansible-vault cannot decrypt"},
		{"hangs", `echo ` + theSecret + `; sleep 60`, nil, exitFailure, "did not decrypt"},
		{"no such password file", `exit 1`, []string{"--vault-password-file", "/nowhere"}, exitFailure, "cannot read --vault-password-file"},
		{"is not there", "", nil, exitFailure, "there is no program ansible-vault"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			bin := t.TempDir()
			path := bin + ":" + os.Getenv("PATH")
			if test.script == "" {
				path = bin
			} else if err := os.WriteFile(filepath.Join(bin, "ansible-vault"), []byte("#!/bin/sh\n"+test.script+"\n"), 0o755); err != nil {
				t.Fatal(err)
			}
			t.Setenv("PATH", path)
			args := append([]string{"render", site, "-o", filepath.Join(bin, "out"), "-var-file", file}, test.args...)
			begin := time.Now()
			code, out := outcome(t, args...)
			if code != test.code || !strings.Contains(out, test.says) {
				t.Errorf("exit %d, want %d with %q:\n%s", code, test.code, test.says, out)
			}
			if took := time.Since(begin); took > 20*time.Second {
				t.Errorf("it took %v", took)
			}
		})
	}
}
