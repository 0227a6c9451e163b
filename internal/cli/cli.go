// Package cli is the program that people type: the list of its commands, and those that begin, examine, keep and restore a
// node (init, serve, doctor, audit verify, backup), one file per command, which work on its files. What is asked of a
// running node is in package ask; the rules of what is printed and of secrets are in package console.
package cli

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"github.com/opentrm/opentrm/internal/ask"
	"github.com/opentrm/opentrm/internal/askcase"
	"github.com/opentrm/opentrm/internal/console"
	"github.com/opentrm/opentrm/internal/figures"
	"github.com/opentrm/opentrm/internal/lang"
)

type program struct {
	console.Options

	Init   initCommand   `cmd:"" help:"Give birth to a node: its storage, its keys, its first administrator."`
	Serve  serveCommand  `cmd:"" help:"Run a node."`
	Demo   demoCommand   `cmd:"" help:"Show the main job: eleven nodes, one referral, every stage."`
	Doctor doctorCommand `cmd:"" help:"Examine a node and its machine."`

	Version versionCommand `cmd:"" help:"Say which program this is: version, commit, Go. The same is opentrm --version."`

	Bench benchCommand `cmd:"" help:"Measure two throwaway nodes beside the limits of this machine."`

	Backup  backupCommand  `cmd:"" help:"Archives of a node, from its files; the node may be serving."`
	Restore restoreCommand `cmd:"" help:"Make a node of its archives in an empty place."`

	Login  ask.LoginCommand      `cmd:"" help:"Sign in to a node."`
	Logout ask.LogoutCommand     `cmd:"" help:"Sign out."`
	Who    ask.WhoCommand        `cmd:"" help:"Say who is signed in, and act in another place."`
	Phrase ask.PassphraseCommand `cmd:"" name:"passphrase" help:"Change your passphrase; your other sessions end."`
	User   ask.UserCommand       `cmd:"" help:"Accounts."`
	Desk   ask.DeskCommand       `cmd:"" help:"Desks, their members and keys."`
	Key    keyCommand            `cmd:"" help:"Recovery officers, drill, recovery, and the keys of the node."`

	Member   ask.MemberCommand   `cmd:"" help:"Join the network, block members."`
	Roster   rosterCommand       `cmd:"" help:"The ceremony that says who is a member, by files."`
	Envelope ask.EnvelopeCommand `cmd:"" help:"Courier files."`

	Form askcase.FormCommand `cmd:"" help:"The forms of case work: what is asked, why, who sees it."`

	Case        askcase.CaseCommand        `cmd:"" help:"Cases."`
	Conference  askcase.ConferenceCommand  `cmd:"" help:"Conferences of several desks about a case: agenda, minutes, and what all sign."`
	Homecoming  askcase.HomecomingCommand  `cmd:"" help:"Returns to a country: her decision, the joint risk assessment, the journey, the follow-up."`
	Directory   ask.DirectoryCommand       `cmd:"" help:"Organisations that help, their services and whether there is room."`
	Import      ask.ImportCommand          `cmd:"" help:"Take what other systems have kept, row by row."`
	Webhook     ask.WebhookCommand         `cmd:"" help:"Addresses of your own systems that hear that something has happened at a desk."`
	Retention   ask.RetentionCommand       `cmd:"" help:"What has been kept long enough, and what is on hold."`
	Restriction askcase.RestrictionCommand `cmd:"" help:"Cases that are kept and not used, at her wish."`
	Screening   askcase.ScreeningCommand   `cmd:"" help:"Indicators of trafficking, and what answers to them suggest."`
	Referral    ask.ReferralCommand        `cmd:"" help:"Referrals."`
	Message     ask.MessageCommand         `cmd:"" help:"Desk-to-desk messages."`
	Task        ask.TaskCommand            `cmd:"" help:"What is due."`
	Call        ask.CallCommand            `cmd:"" help:"Ask any route of the JSON interface, docs/openapi.yaml."`

	Completion completionCommand `cmd:"" help:"Print what makes a shell complete commands and flags."`

	Count ask.CountCommand `cmd:"" help:"Counts of persons over several members, each person once and nobody named."`

	Link linkCommand `cmd:"" help:"Find the records of a file that are of one person, on this machine."`

	Stats figures.StatsCommand `cmd:"" help:"Count and protect figures in files, on this machine."`

	Audit    auditCommand    `cmd:"" help:"The log of who did what."`
	Register registerCommand `cmd:"" help:"The record of processing activities, and the template of an impact assessment."`
	Text     textCommand     `cmd:"" help:"The texts that the person herself reads: languages, reviews, files of a node."`
	Profile  profileCommand  `cmd:"" help:"Law and lists of the countries, and what is to be confirmed of them."`
}

// told returns a context that is done once the program is told to stop, because of a [console.Signal].
func told(ctx context.Context) (context.Context, func()) {
	ctx, cancel := context.WithCancelCause(ctx)
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, syscall.SIGINT, syscall.SIGTERM)
	go func() {
		select {
		case got := <-signals:
			if number, ok := got.(syscall.Signal); ok {
				cancel(console.Signal{Number: number})
			}
		case <-ctx.Done():
		}
	}()
	return ctx, func() {
		signal.Stop(signals)
		cancel(nil)
	}
}

// Main runs the command line and returns the exit code.
func Main(args []string, in io.Reader, out, err io.Writer) int {
	ctx, stop := told(context.Background())
	defer stop()
	texts, failed := lang.Load()
	if failed != nil {
		fmt.Fprintln(err, failed)
		return console.ExitFailed
	}
	p := &program{}
	s := &console.Screen{Context: ctx, In: in, Out: out, Err: err, Texts: texts, Options: &p.Options}
	asked := commandsOf(p, "opentrm", "The referral network of South-East Europe's anti-trafficking coordinators.", out, err)
	does, failed := asked.parse(versioned(args))
	if failed != nil {
		fmt.Fprintf(err, "opentrm: %v\nWhat there is, and how each command is used: opentrm --help, opentrm COMMAND --help\n", failed)
		return console.ExitUsage
	}
	if does == nil { // help was asked for
		return s.End(nil)
	}
	if err := s.Speaks(); err != nil {
		return s.End(err)
	}
	if c, ok := does.(*completionCommand); ok {
		c.root = asked.root.cobra
	}
	return s.End(does.Run(s))
}
