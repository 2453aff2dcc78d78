package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"time"

	"filippo.io/age"
	"filippo.io/age/armor"

	"carpool/schema"
)

// maxVarFile bounds what is read of a -var-file, which may be a pipe, and what
// it decrypts to.
const maxVarFile = 64 << 20

// variables reads the files among -var and -var-file. A file may be a pipe,
// and "-" is stdin, so that secrets need not be on any disk. No message quotes
// what is in a file, nor what a decrypting program says of it.
func (c *call) variables() ([]schema.VarArg, error) {
	var args []schema.VarArg
	for _, v := range c.opt.vars {
		arg := schema.VarArg{Text: v.text, File: v.file}
		if v.file {
			data, err := c.readVarFile(v.text)
			if err == nil {
				data, err = c.decrypt(v.text, data)
			}
			if err != nil {
				return nil, err
			}
			arg.Data = data
		}
		args = append(args, arg)
	}
	return args, nil
}

func (c *call) readVarFile(name string) ([]byte, error) {
	in := c.in
	if name != "-" {
		f, err := os.Open(name)
		if err != nil {
			return nil, systemf("", "cannot read -var-file: %v", err)
		}
		defer f.Close()
		in = f
	}
	data, err := readBounded(in)
	if err != nil {
		return nil, systemf("", "cannot read -var-file: %s: %v", name, err)
	}
	return data, nil
}

func readBounded(r io.Reader) ([]byte, error) {
	data, err := io.ReadAll(io.LimitReader(r, maxVarFile+1))
	if err == nil && len(data) > maxVarFile {
		err = fmt.Errorf("it has more than %d bytes", maxVarFile)
	}
	return data, err
}

// systemf reports a failure of the system, and what to do about it.
func systemf(help, format string, args ...any) error {
	return &fault{Code: codeSystem, Message: fmt.Sprintf(format, args...), Help: help}
}

// The first bytes of encrypted files: age(1) file format, and ansible-vault.
const (
	ageIntro   = "age-encryption.org/"
	vaultIntro = "$ANSIBLE_VAULT;"
)

// decrypt returns the text of a var-file.
func (c *call) decrypt(name string, data []byte) ([]byte, error) {
	text := bytes.TrimLeft(data, " \t\r\n")
	switch {
	case bytes.HasPrefix(data, []byte(ageIntro)), bytes.HasPrefix(text, []byte(armor.Header)):
		return c.decryptAge(name, data)
	case strings.HasSuffix(name, ".age"):
		return nil, systemf("encrypt it with age, or drop .age from its name", "%s is called a file of age, and is none", name)
	case bytes.HasPrefix(data, []byte(vaultIntro)):
		return c.decryptVault(name, data)
	}
	return data, nil
}

func (c *call) decryptAge(name string, data []byte) ([]byte, error) {
	if len(c.opt.identities) == 0 {
		return nil, usagef("name the file with the key: --identity FILE", "%s is encrypted with age", name)
	}
	var keys []age.Identity
	for _, file := range c.opt.identities {
		more, err := readIdentities(file)
		if err != nil {
			return nil, err
		}
		keys = append(keys, more...)
	}
	var in io.Reader = bytes.NewReader(data)
	if !bytes.HasPrefix(data, []byte(ageIntro)) {
		in = armor.NewReader(in)
	}
	plain, err := age.Decrypt(in, keys...)
	var none *age.NoIdentityMatchError
	switch {
	case errors.As(err, &none):
		return nil, systemf("name the key of one of its recipients with --identity FILE; a passphrase is none",
			"%s is encrypted for other keys than those in %s", name, strings.Join(c.opt.identities, ", "))
	case err != nil:
		return nil, systemf("", "%s cannot be decrypted: it is damaged or cut short", name)
	}
	text, err := readBounded(plain)
	if err != nil {
		return nil, systemf("", "%s cannot be decrypted: it is damaged, cut short, or too large", name)
	}
	return text, nil
}

// readIdentities reads a file of age-keygen. What the library says of a line
// that is no key may quote it.
func readIdentities(file string) ([]age.Identity, error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, systemf("", "cannot read --identity: %v", err)
	}
	defer f.Close()
	keys, err := age.ParseIdentities(io.LimitReader(f, maxVarFile))
	if err != nil {
		return nil, systemf("age-keygen makes one; keys with a passphrase and keys of ssh are not read", "%s holds no key of age", file)
	}
	return keys, nil
}

// vaultTime bounds a run of ansible-vault, whose password may come from a
// program that hangs.
var vaultTime = time.Minute

// decryptVault lets ansible-vault decrypt the file. It has no terminal: where
// no password is at hand it must fail and not ask.
func (c *call) decryptVault(name string, data []byte) ([]byte, error) {
	program, err := exec.LookPath("ansible-vault")
	if err != nil {
		return nil, systemf("install ansible-core, or decrypt the file yourself and pipe it into -var-file -",
			"%s is encrypted with ansible-vault, and there is no program ansible-vault", name)
	}
	args := []string{"decrypt", "--output", "-"}
	if file := c.opt.vaultPassword; file != "" {
		if _, err := os.Stat(file); err != nil {
			return nil, systemf("", "cannot read --vault-password-file: %v", err)
		}
		args = append(args, "--vault-password-file", file)
	}
	ctx, stop := context.WithTimeout(context.Background(), vaultTime)
	defer stop()
	var out limitedBuffer
	cmd := exec.CommandContext(ctx, program, args...)
	cmd.Stdin, cmd.Stdout, cmd.Env = bytes.NewReader(data), &out, c.env
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
	cmd.WaitDelay = time.Second
	err = cmd.Run()
	switch {
	case ctx.Err() != nil:
		return nil, systemf("", "ansible-vault did not decrypt %s within %v", name, vaultTime)
	case out.full:
		return nil, systemf("", "%s decrypts to more than %d bytes", name, maxVarFile)
	case err != nil:
		return nil, systemf("see what ansible-vault view says; the password comes from --vault-password-file or ANSIBLE_VAULT_PASSWORD_FILE",
			"ansible-vault cannot decrypt %s", name)
	}
	return out.data.Bytes(), nil
}

// limitedBuffer keeps no more than maxVarFile bytes.
type limitedBuffer struct {
	data bytes.Buffer
	full bool
}

func (b *limitedBuffer) Write(p []byte) (int, error) {
	if b.data.Len()+len(p) > maxVarFile {
		b.full = true
		return 0, errors.New("too much")
	}
	return b.data.Write(p)
}
