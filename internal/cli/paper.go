package cli

import (
	"fmt"
	"io"
	"net/http"
	"os"
	"strconv"
	"strings"

	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/keyring"
	"github.com/opentrm/opentrm/internal/seal"
)

type keyPaper struct{ remote }

func (c *keyPaper) Run(s *screen) error {
	node, err := c.open(s)
	if err != nil {
		return err
	}
	var out keyring.Paper
	if err := node.call(http.MethodPost, "/keys/paper", nil, &out); err != nil {
		return err
	}
	return s.print(out, func(w io.Writer) {
		fmt.Fprintf(w, "# %s, recovery key %d, %s, officer %d\n", out.Member, out.Generation, out.Recovery, out.Index)
		for i, line := range out.Lines {
			fmt.Fprintf(w, "%2d: %s\n", i+1, line)
		}
		s.say(s.printer().Text("cli.paper.keep"))
	})
}

type keyCheck struct {
	Paper string `type:"path" help:"File of mode 0600 with the paper; asked for line by line otherwise."`
}

func (c *keyCheck) Run(s *screen) error {
	text, err := s.paper(1, c.Paper)
	if err != nil {
		return err
	}
	b, err := seal.ParsePaper(text)
	if err != nil {
		return err
	}
	defer clear(b)
	share, err := seal.ParseShare(b)
	if err != nil {
		return err
	}
	return s.print(map[string]int{"officer": share.Index, "needed": share.Threshold}, func(w io.Writer) {
		fmt.Fprintf(w, "the paper of officer %d is well written; %d are needed\n", share.Index, share.Threshold)
	})
}

// paper reads the paper of an officer: from a file of mode 0600, or line by line, where a person hears at once of a
// slip and types that line again. Number counts the papers.
//
// It fails with [fault.Invalid] as [seal.CheckPaperLine] does if nobody is there to be asked again.
func (s *screen) paper(number int, file string) (string, error) {
	if file != "" {
		return paperFile(file)
	}
	_, person := terminal(s.in)
	var all strings.Builder
	for n := 1; n <= seal.PaperLines; {
		line, err := s.asked(s.printer().Text("cli.paper.line", "paper", strconv.Itoa(number), "line", strconv.Itoa(n), "of", strconv.Itoa(seal.PaperLines)))
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
			s.say(s.printer().Fault(err))
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
