package console

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"syscall"

	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/lang"
)

// The exit codes, as every help text shows them.
const (
	exitDone       = 0
	ExitFailed     = 1
	ExitUsage      = 2
	exitRefused    = 3
	exitUnverified = 4
	exitNotNow     = 5
)

const ExitHelp = `
Exit codes:
  0  done
  1  failed: a fault of the program or the machine
  2  wrong usage, or input that cannot be right
  3  refused: not signed in, not permitted, or no such thing
  4  not verified: a log, proof, signature or file is not what it says
  5  not now: changed in the meantime, or cannot be reached; look and repeat
  130  stopped by Ctrl-C, and 143 by a request to end: what was under way was broken off
`

// Signal is why the context of a program that was told to stop is done.
type Signal struct{ Number syscall.Signal }

// Error says which signal it was.
func (s Signal) Error() string { return s.Number.String() }

type stopped string

func (s stopped) Error() string { return string(s) }

// Stopped is what a command fails with that was broken off by a signal and has something to say about it, by its key. Others fail
// as what they were at does.
func Stopped(key string) error { return stopped(key) }

var errUnverified = errors.New("not verified")

// Unverified is what a command fails with when something is not what it says: alone if the command has shown what is wrong, else
// around the fault that says it.
func Unverified(because error) error {
	if because == nil {
		return errUnverified
	}
	return fmt.Errorf("%w: %w", errUnverified, because)
}

// End says why a command failed and returns the exit code.
func (s *Screen) End(err error) int {
	if err == nil {
		return exitDone
	}
	if key, code := s.signalled(err); code != 0 {
		s.Say(s.Printer().Text(key))
		return code
	}
	var r *Refusal
	if errors.As(err, &r) {
		s.Say(r.Detail + " (" + r.Kind + " " + r.Key + ")")
		for _, f := range r.Fields {
			s.Say("  " + f)
		}
		return codeOf(r.Kind)
	}
	var f *fault.Error
	if errors.As(err, &f) {
		kind, key, _ := fault.Public(err)
		s.Say(s.Printer().Fault(err) + " (" + kind.String() + " " + key + ")")
		if f.Err != nil {
			s.Say("  " + f.Err.Error())
		}
		if errors.Is(err, errUnverified) {
			return exitUnverified
		}
		return codeOf(kind.String())
	}
	if errors.Is(err, errUnverified) {
		return exitUnverified
	}
	s.Say(err.Error())
	return ExitFailed
}

// signalled returns what is said where a command failed because the program was told to stop, and the exit code of that; 0 if it failed
// otherwise. What cannot be reached any more is what the signal has closed.
func (s *Screen) signalled(err error) (string, int) {
	by, ok := context.Cause(s.Context).(Signal)
	if !ok || errors.Is(err, errUnverified) {
		return "", 0
	}
	code := 128 + int(by.Number)
	if said, ok := errors.AsType[stopped](err); ok {
		return string(said), code
	}
	if errors.Is(err, context.Canceled) || fault.Is(err, fault.Unavailable) {
		return "cli.stopped", code
	}
	return "", 0
}

// codeOf returns the exit code of a kind of failure.
func codeOf(kind string) int {
	switch kind {
	case "invalid", "too-large":
		return ExitUsage
	case "denied", "hidden", "not-found", "locked":
		return exitRefused
	case "conflict", "stale", "unavailable":
		return exitNotNow
	}
	return ExitFailed
}

// Printer returns what words messages in the language that was asked for.
func (s *Screen) Printer() *lang.Printer {
	return s.Texts.Printer(s.Texts.Match(s.Options.Language, s.language()))
}

// language is what was asked for, in the form of a tag: mk_MK.UTF-8 is mk-MK.
func (s *Screen) language() string {
	tag, _, _ := strings.Cut(s.Options.Language, ".")
	return strings.ReplaceAll(tag, "_", "-")
}

// Speaks fails with [fault.Invalid] if there are no messages in the language that was asked for. They would be English without a word.
func (s *Screen) Speaks() error {
	base, _, _ := strings.Cut(strings.ToLower(s.language()), "-")
	if s.Printer().Tag() != lang.English || base == string(lang.English) {
		return nil
	}
	var all []string
	for _, t := range s.Texts.Tags() {
		all = append(all, string(t))
	}
	return fault.New(fault.Invalid, "cli.language").With("language", s.Options.Language).With("languages", strings.Join(all, ", "))
}

// Word returns the message of a key, and what is no key as it is: codes of what desks do are both.
func (s *Screen) Word(key string) string {
	if s.Texts.Has(key) {
		return s.Printer().Text(key)
	}
	return key
}
