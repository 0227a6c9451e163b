package cli

import (
	"cmp"
	"fmt"
	"io"
	"runtime/debug"

	"github.com/opentrm/opentrm/internal/console"
)

// made says which program this is. The compiler wrote it into the file, so that nobody has to be believed.
type made struct {
	Version string `json:"version"`          // of a release; "(devel)" of anything else
	Commit  string `json:"commit,omitempty"` // of the source; empty if it was not built in a repository
	Time    string `json:"time,omitempty"`   // of the commit
	Changed bool   `json:"changed"`          // the source was not as committed
	Go      string `json:"go"`
}

func madeOf(b *debug.BuildInfo) made {
	m := made{Version: cmp.Or(b.Main.Version, "(devel)"), Go: b.GoVersion}
	for _, s := range b.Settings {
		switch s.Key {
		case "vcs.revision":
			m.Commit = s.Value
		case "vcs.time":
			m.Time = s.Value
		case "vcs.modified":
			m.Changed = s.Value == "true"
		}
	}
	return m
}

func (m made) write(w io.Writer) {
	fmt.Fprintf(w, "opentrm\t%s\ncommit\t%s\n", m.Version, cmp.Or(m.Commit, "not known"))
	if m.Time != "" {
		fmt.Fprintf(w, "of\t%s\n", m.Time)
	}
	if m.Changed {
		fmt.Fprintln(w, "changed\tthe source was not as committed")
	}
	fmt.Fprintf(w, "go\t%s\n", m.Go)
}

// ofThis is what the running program says of itself.
func ofThis() made {
	b, ok := debug.ReadBuildInfo()
	if !ok {
		b = &debug.BuildInfo{}
	}
	return madeOf(b)
}

type versionCommand struct{}

func (*versionCommand) Run(s *console.Screen) error {
	m := ofThis()
	return s.Print(m, m.write)
}

// versioned makes the command of --version, where a program is asked first of all what it is. A flag of every command it is not:
// a form has a --version too.
func versioned(args []string) []string {
	if len(args) > 0 && args[0] == "--version" {
		return append([]string{"version"}, args[1:]...)
	}
	return args
}
