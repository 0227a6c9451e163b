package cli

import (
	"fmt"
	"io"

	"github.com/opentrm/opentrm/internal/ask"
	"github.com/opentrm/opentrm/internal/console"
	"github.com/opentrm/opentrm/internal/node"
)

type keySecret struct {
	local
	New string `name:"new-secret-file" type:"path" required:"" help:"File of the new node.secret, outside the data directory. It is made with mode 0600 if it is not there."`
}

// Help says what a new secret changes, and what it leaves.
func (c *keySecret) Help() string {
	return `
The keys of the node, the database file and what the recovery officers can get back are sealed anew under the new
secret; passphrases and papers stay what they are. If the command is cut off, the node opens with the old or with
the new secret: try both, and run the command again if it is the old one.

Archives made before open with the old secret only, or with the papers of their time.
`
}

// Run works on the files of a stopped node.
func (c *keySecret) Run(s *console.Screen) error {
	config, err := c.config(s)
	if err != nil {
		return err
	}
	bar := s.Progress("copy")
	whose, err := node.RotateSecret(s.Context, config, node.SecretSource{File: c.New}, bar.At)
	bar.End()
	if err != nil {
		return err
	}
	return s.Print(map[string]string{"member": string(whose), "secret": c.New}, func(w io.Writer) {
		fmt.Fprintf(w, "node.secret changed\t%s\nstart it with\t--secret-file %s\n", whose, c.New)
		s.Say(s.Printer().Text("cli.secret.archives"))
	})
}

type keyCommand struct {
	State     ask.KeyState     `cmd:"" help:"Whether recovery works, and which desks it does not reach."`
	Enrol     ask.KeyEnrol     `cmd:"" help:"Enrol the recovery officers."`
	Offer     ask.KeyOffer     `cmd:"" help:"Hand one's share to the officer who leads a recovery or drill."`
	Paper     ask.KeyPaper     `cmd:"" help:"Show one's share once, to be written down: two papers bring back a machine that is lost."`
	Check     ask.KeyCheck     `cmd:"" help:"Check a paper as it was written down. Asks no node and keeps nothing."`
	Drill     ask.KeyDrill     `cmd:"" help:"Open the canary and node.secret in escrow with the shares offered."`
	Recover   ask.KeyRecover   `cmd:"" help:"Grant a person a desk again with the recovery quorum."`
	Rotate    ask.KeyRotate    `cmd:"" help:"Make the next key of the node for one use."`
	Secret    keySecret        `cmd:"" help:"Give the node another node.secret. The node must be stopped."`
	Office    keyOffice        `cmd:"" help:"Let the office of an account in, after comparing the fingerprint of its keys, where nobody else of the office is left."`
	Push      keyPush          `cmd:"" help:"Make the key by which the node tells people in their browsers, for the senders file. Asks no node and keeps nothing."`
	Authority ask.KeyAuthority `cmd:"" help:"Make an authority key, which signs desk sheets."`
	Rewrap    ask.DeskRewrap   `cmd:"" help:"Move every case key of a desk to its newest wrap key."`
}
