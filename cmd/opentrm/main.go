// Command opentrm is one node of the referral network, and the tool of the people who run it.
package main

import (
	"os"

	"github.com/opentrm/opentrm/internal/cli"
)

func main() { os.Exit(cli.Main(os.Args[1:], os.Stdin, os.Stdout, os.Stderr)) }
