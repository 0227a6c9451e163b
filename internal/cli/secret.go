package cli

import (
	"fmt"
	"io"
	"os"
	"strings"

	"golang.org/x/term"

	"github.com/opentrm/opentrm/internal/fault"
)

// Secrets are typed without echo, read from a file of mode 0600, or from the first line of standard input. They are
// never arguments, which everybody on the machine can see.

// maxSecret is the length in bytes up to which a secret is read.
const maxSecret = 4096

// secret asks for a secret. File may name a file that holds it.
//
// It fails with [fault.Invalid] if there is none, or others may read the file.
func (s *screen) secret(what, file string) (string, error) {
	if file != "" {
		return secretFile(file)
	}
	if fd, person := terminal(s.in); person {
		fmt.Fprint(s.err, what+": ")
		b, err := term.ReadPassword(fd)
		fmt.Fprintln(s.err)
		if err != nil {
			return "", fault.Wrap(fault.Internal, "cli.terminal", err)
		}
		return string(b), nil
	}
	return s.line()
}

// asked asks for something that may be seen.
func (s *screen) asked(what string) (string, error) {
	if _, person := terminal(s.in); person {
		fmt.Fprint(s.err, what+": ")
	}
	return s.line()
}

// line reads one line of standard input and no more, so that the next question finds the next line.
func (s *screen) line() (string, error) {
	var b []byte
	one := make([]byte, 1)
	for len(b) < maxSecret {
		n, err := s.in.Read(one)
		if n == 1 && one[0] == '\n' || err == io.EOF && len(b) > 0 {
			return strings.TrimSuffix(string(b), "\r"), nil
		}
		if err != nil {
			return "", fault.New(fault.Invalid, "cli.secret.none")
		}
		b = append(b, one[:n]...)
	}
	return "", fault.New(fault.Invalid, "cli.secret.none")
}

// secretFile reads the first line of a file that nobody else may read.
//
// It fails with [fault.Invalid] as [secretBytes], and if there is nothing on that line.
func secretFile(file string) (string, error) {
	b, err := secretBytes(file)
	if err != nil {
		return "", err
	}
	line, _, _ := strings.Cut(string(b), "\n")
	if strings.TrimSpace(line) == "" {
		return "", fault.New(fault.Invalid, "cli.secret.none")
	}
	return strings.TrimRight(line, "\r"), nil
}

// secretBytes reads a whole file that nobody else may read, up to the length of a secret.
//
// It fails with [fault.Invalid] if it cannot, or others may read it, or it is longer.
func secretBytes(file string) ([]byte, error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, fault.Wrap(fault.Invalid, "cli.file", err).With("file", file)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, fault.Wrap(fault.Invalid, "cli.file", err).With("file", file)
	}
	if info.Mode().Perm()&0o077 != 0 {
		return nil, fault.New(fault.Invalid, "cli.secret.mode").With("file", file)
	}
	b, err := io.ReadAll(io.LimitReader(f, maxSecret+1))
	if err != nil {
		return nil, fault.Wrap(fault.Invalid, "cli.file", err).With("file", file)
	}
	if len(b) > maxSecret {
		return nil, fault.New(fault.Invalid, "cli.secret.none")
	}
	return b, nil
}
