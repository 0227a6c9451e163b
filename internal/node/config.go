package node

import (
	"context"
	"crypto/rand"
	"io"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"time"

	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/form"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/issuer"
	"github.com/opentrm/opentrm/internal/notify"
	"github.com/opentrm/opentrm/internal/peer"
	"github.com/opentrm/opentrm/internal/seal"
	"github.com/opentrm/opentrm/internal/webhook"
)

// Config says what a node is and where it keeps its things. A field without a word about its default is needed.
type Config struct {
	Dir    string    // of small files, and of the database file unless URL is set; made if it is not there
	URL    string    // PostgreSQL: the login of the application; empty: an encrypted file in Dir
	Owner  string    // PostgreSQL: the login that owns the schema; default URL
	Member id.Member // empty: as the data say

	Secret SecretSource

	Listen  string // host:port of people and programs; empty: none
	Peer    string // host:port of other nodes; empty: none, the node calls out only
	Address string // where people sign in, "https://…"; default: the address listened on
	TLSCert string // files of the certificate for Listen; empty: plain HTTP, behind a proxy or on loopback
	TLSKey  string

	MailboxRows, MailboxBytes int64 // that each other member may leave here for third ones; default 1000 and 256 MiB

	Additions []form.Additions // questions of the member beside ours; every edition that a record here names

	Texts map[string][]byte // files of texts that the person reads, by name: languages beside those of the program, or better words

	Issuers []issuer.Config // whom the node asks who somebody is (OpenID Connect); none: nobody

	Senders  map[notify.Channel]notify.Sender // how people are told; nil: nobody can be
	Webhooks webhook.Sender                   // how systems of the member are told; nil: over https, with the certificates that the system believes
	Limits   peer.Limits
	Dial     func(ctx context.Context, network, address string) (net.Conn, error) // to other nodes; nil: as the system does

	Demo    bool                         // an invented member: fictitious law, invented people
	Phrase  string                       // passphrase of every account, with which a link of the pages signs in; of demonstrations only
	Stretch func(io.Reader) seal.Stretch // nil: the default, which no node with real data may go below

	Now  func() time.Time // nil: time.Now
	Rand io.Reader        // nil: the system's
	Log  *slog.Logger     // nil: nothing is logged
}

func (c Config) filled() (Config, error) {
	if c.Dir == "" {
		return c, fault.New(fault.Invalid, "node.config").With("field", "dir")
	}
	if c.Stretch != nil && !c.Demo {
		return c, fault.New(fault.Invalid, "node.config").With("field", "stretch")
	}
	if c.Phrase != "" && !c.Demo {
		return c, fault.New(fault.Invalid, "node.config").With("field", "phrase")
	}
	dir, err := filepath.Abs(c.Dir)
	if err != nil {
		return c, fault.Wrap(fault.Invalid, "node.config", err).With("field", "dir")
	}
	c.Dir = dir
	if c.Member != "" {
		if _, err := id.ParseMember(string(c.Member)); err != nil {
			return c, err
		}
	}
	if c.MailboxRows == 0 {
		c.MailboxRows, c.MailboxBytes = 1000, 256<<20
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Rand == nil {
		c.Rand = rand.Reader
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	return c, nil
}

// file is where the embedded database lies.
func (c Config) file() string { return filepath.Join(c.Dir, "node.db") }

// makeDir makes the data directory, for its owner only.
func (c Config) makeDir() error {
	if err := os.MkdirAll(c.Dir, 0o700); err != nil {
		return fault.Wrap(fault.Unavailable, "node.dir", err)
	}
	return nil
}
