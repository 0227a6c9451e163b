package console

import (
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"

	"golang.org/x/term"

	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/seal"
)

// Secrets are typed without echo, read from a file of mode 0600, or from the first line of standard input. They are
// never arguments, which everybody on the machine can see.

// maxSecret is the length in bytes up to which a secret is read.
const maxSecret = 4096

// Secret asks for a secret. File may name a file that holds it.
//
// It fails with [fault.Invalid] if there is none, or others may read the file.
func (s *Screen) Secret(what, file string) (string, error) {
	if file != "" {
		return SecretFile(file)
	}
	if fd, person := terminal(s.In); person {
		fmt.Fprint(s.Err, what+": ")
		b, err := term.ReadPassword(fd)
		fmt.Fprintln(s.Err)
		if err != nil {
			return "", fault.Wrap(fault.Internal, "cli.terminal", err)
		}
		return string(b), nil
	}
	return s.line()
}

// Asked asks for something that may be seen.
func (s *Screen) Asked(what string) (string, error) {
	if _, person := terminal(s.In); person {
		fmt.Fprint(s.Err, what+": ")
	}
	return s.line()
}

// line reads one line of standard input and no more, so that the next question finds the next line.
func (s *Screen) line() (string, error) {
	var b []byte
	one := make([]byte, 1)
	for len(b) < maxSecret {
		n, err := s.In.Read(one)
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

// Paper reads the paper of an officer: from a file of mode 0600, or line by line, where a person hears at once of a
// slip and types that line again. Number counts the papers.
//
// It fails with [fault.Invalid] as [seal.CheckPaperLine] does if nobody is there to be asked again.
func (s *Screen) Paper(number int, file string) (string, error) {
	if file != "" {
		return paperFile(file)
	}
	_, person := terminal(s.In)
	var all strings.Builder
	for n := 1; n <= seal.PaperLines; {
		line, err := s.Asked(s.Printer().Text("cli.paper.line", "paper", strconv.Itoa(number), "line", strconv.Itoa(n), "of", strconv.Itoa(seal.PaperLines)))
		if err != nil {
			return "", err
		}
		if strings.HasPrefix(strings.TrimSpace(line), "#") {
			continue
		}
		if err := seal.CheckPaperLine(n, line); err != nil {
			if !person {
				return "", err
			}
			s.Say(s.Printer().Fault(err))
			continue
		}
		all.WriteString(line + "\n")
		n++
	}
	return all.String(), nil
}

func paperFile(file string) (string, error) {
	f, err := os.Open(file)
	if err != nil {
		return "", fault.Wrap(fault.Invalid, "cli.file", err).With("file", file)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return "", fault.Wrap(fault.Invalid, "cli.file", err).With("file", file)
	}
	if info.Mode().Perm()&0o077 != 0 {
		return "", fault.New(fault.Invalid, "cli.secret.mode").With("file", file)
	}
	b, err := io.ReadAll(io.LimitReader(f, maxSecret))
	if err != nil {
		return "", fault.Wrap(fault.Invalid, "cli.file", err).With("file", file)
	}
	return string(b), nil
}
