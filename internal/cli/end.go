package cli

import (
	"errors"
	"strings"

	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/lang"
)

// The exit codes, as every help text shows them.
const (
	exitDone       = 0
	exitFailed     = 1
	exitUsage      = 2
	exitRefused    = 3
	exitUnverified = 4
	exitNotNow     = 5
)

const exitHelp = `
Exit codes:
  0  done
  1  failed: a fault of the program or the machine
  2  wrong usage, or input that cannot be right
  3  refused: not signed in, not permitted, or no such thing
  4  not verified: a log, proof, signature or file is not what it says
  5  not now: changed in the meantime, or cannot be reached; look and repeat
`

// errUnverified is what a command fails with when something is not what it says: alone if the command has shown what is wrong,
// else around the fault that says it.
var errUnverified = errors.New("not verified")

// end says why a command failed and returns the exit code.
func (s *screen) end(err error) int {
	if err == nil {
		return exitDone
	}
	var r *refusal
	if errors.As(err, &r) {
		s.say(r.Detail + " (" + r.Kind + " " + r.Key + ")")
		for _, f := range r.Fields {
			s.say("  " + f)
		}
		return codeOf(r.Kind)
	}
	var f *fault.Error
	if errors.As(err, &f) {
		kind, key, _ := fault.Public(err)
		s.say(s.printer().Fault(err) + " (" + kind.String() + " " + key + ")")
		if f.Err != nil {
			s.say("  " + f.Err.Error())
		}
		if errors.Is(err, errUnverified) {
			return exitUnverified
		}
		return codeOf(kind.String())
	}
	if errors.Is(err, errUnverified) {
		return exitUnverified
	}
	s.say(err.Error())
	return exitFailed
}

// codeOf returns the exit code of a kind of failure.
func codeOf(kind string) int {
	switch kind {
	case "invalid", "too-large":
		return exitUsage
	case "denied", "hidden", "not-found", "locked":
		return exitRefused
	case "conflict", "stale", "unavailable":
		return exitNotNow
	}
	return exitFailed
}

func (s *screen) printer() *lang.Printer {
	return s.texts.Printer(s.texts.Match(s.options.Language, strings.ReplaceAll(s.options.Language, "_", "-")))
}
