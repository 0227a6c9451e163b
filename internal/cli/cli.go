// Package cli is the command line: one file per command.
//
// Commands that begin, examine, keep and restore a node (init, serve, doctor, audit verify) work on its
// files; everything else is asked of a running node through its JSON interface, as the person who signed in with
// "opentrm login". The rules of what is printed stand in out.go, those of secrets in secret.go.
package cli

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"github.com/alecthomas/kong"

	"github.com/opentrm/opentrm/internal/lang"
)

type program struct {
	options

	Init   initCommand   `cmd:"" help:"Give birth to a node: its storage, its keys, its first administrator."`
	Serve  serveCommand  `cmd:"" help:"Run a node."`
	Demo   demoCommand   `cmd:"" help:"Show the main job: eleven nodes, one referral, every stage."`
	Doctor doctorCommand `cmd:"" help:"Examine a node and its machine."`

	Bench benchCommand `cmd:"" help:"Measure two throwaway nodes beside the limits of this machine."`

	Backup  backupCommand  `cmd:"" help:"Archives of a node, from its files; the node may be serving."`
	Restore restoreCommand `cmd:"" help:"Make a node of its archives in an empty place."`

	Login  loginCommand  `cmd:"" help:"Sign in to a node."`
	Logout logoutCommand `cmd:"" help:"Sign out."`
	Who    whoCommand    `cmd:"" help:"Say who is signed in, and act in another place."`
	User   userCommand   `cmd:"" help:"Accounts."`
	Desk   deskCommand   `cmd:"" help:"Desks, their members and keys."`
	Key    keyCommand    `cmd:"" help:"Recovery officers, drill, recovery, and the keys of the node."`

	Member   memberCommand   `cmd:"" help:"Join the network, block members."`
	Roster   rosterCommand   `cmd:"" help:"The ceremony that says who is a member, by files."`
	Envelope envelopeCommand `cmd:"" help:"Courier files."`

	Form formCommand `cmd:"" help:"The forms of case work: what is asked, why, who sees it."`

	Case      caseCommand      `cmd:"" help:"Cases."`
	Directory directoryCommand `cmd:"" help:"Organisations that help, their services and whether there is room."`
	Screening screeningCommand `cmd:"" help:"Indicators of trafficking, and what answers to them suggest."`
	Referral  referralCommand  `cmd:"" help:"Referrals."`
	Message   messageCommand   `cmd:"" help:"Desk-to-desk messages."`
	Task      taskCommand      `cmd:"" help:"What is due."`
	Call      callCommand      `cmd:"" help:"Ask any route of the JSON interface, docs/openapi.yaml."`

	Audit   auditCommand   `cmd:"" help:"The log of who did what."`
	Profile profileCommand `cmd:"" help:"Law and lists of the countries, and what is to be confirmed of them."`
}

// Main runs the command line and returns the exit code.
func Main(args []string, in io.Reader, out, err io.Writer) int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	texts, failed := lang.Load()
	if failed != nil {
		fmt.Fprintln(err, failed)
		return exitFailed
	}
	p := &program{}
	s := &screen{ctx: ctx, in: in, out: out, err: err, texts: texts, options: &p.options}
	ended := -1
	parser, failed := kong.New(p, kong.Name("opentrm"),
		kong.Description("The referral network of South-East Europe's anti-trafficking coordinators."),
		kong.Writers(out, err), kong.Exit(func(code int) { ended = code }), kong.UsageOnError(), kong.Bind(s),
		kong.Help(func(o kong.HelpOptions, k *kong.Context) error {
			if err := kong.DefaultHelpPrinter(o, k); err != nil {
				return err
			}
			_, err := fmt.Fprint(k.Stdout, exitHelp)
			return err
		}), kong.ConfigureHelp(kong.HelpOptions{Compact: true}))
	if failed != nil {
		fmt.Fprintln(err, failed)
		return exitFailed
	}
	k, failed := parser.Parse(args)
	if ended >= 0 { // help was asked for
		return ended
	}
	if failed != nil {
		fmt.Fprintln(err, "opentrm:", failed)
		return exitUsage
	}
	return s.end(k.Run(s))
}
