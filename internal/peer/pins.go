package peer

import (
	"context"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/hex"
	"slices"
	"sync"
	"time"

	"github.com/opentrm/opentrm/internal/audit"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/member"
)

// Tx is what this package reads for itself.
type Tx interface {
	member.Tx
	audit.Reader
}

// Times for which a copy of the roster is used without asking the storage again.
const (
	pinsLast  = 2 * time.Second
	pinsRetry = 100 * time.Millisecond // after a key that nobody has
)

// Pins knows which member a TLS key belongs to, by the roster in force. It is safe for use by many goroutines.
type Pins struct {
	Read func(context.Context, func(Tx) error) error

	mu     sync.Mutex
	loaded time.Time
	byKey  map[string]member.Member
}

// Member returns the member whose node has the key of a certificate.
//
// It fails with [fault.Denied] "peer.key.unknown" if the roster lists no such key, and as the storage fails.
func (p *Pins) Member(ctx context.Context, cert *x509.Certificate) (member.Member, error) {
	pin := Pin(cert)
	p.mu.Lock()
	defer p.mu.Unlock()
	age := time.Since(p.loaded)
	m, ok := p.byKey[pin]
	if p.byKey == nil || age > pinsLast || !ok && age > pinsRetry {
		if err := p.load(ctx); err != nil {
			return member.Member{}, err
		}
		m, ok = p.byKey[pin]
	}
	if !ok {
		return member.Member{}, fault.New(fault.Denied, "peer.key.unknown")
	}
	return m, nil
}

func (p *Pins) load(ctx context.Context) error {
	byKey := make(map[string]member.Member)
	err := p.Read(ctx, func(tx Tx) error {
		held, err := member.InForce(ctx, tx)
		if fault.Is(err, fault.NotFound) {
			return nil // of no network yet: everybody is a stranger
		}
		if err != nil {
			return err
		}
		for _, m := range held.Signed.Roster.Members {
			for _, pin := range m.Keys.TLS {
				byKey[pin] = m
			}
		}
		return nil
	})
	if err == nil {
		p.byKey, p.loaded = byKey, time.Now()
	}
	return err
}

// Pin returns what the roster lists of a certificate: the SHA-256 of its SubjectPublicKeyInfo, as hex.
func Pin(cert *x509.Certificate) string {
	sum := sha256.Sum256(cert.RawSubjectPublicKeyInfo)
	return hex.EncodeToString(sum[:])
}

// groups are the key agreements offered, the one that also resists quantum computers first.
func groups() []tls.CurveID { return []tls.CurveID{tls.X25519MLKEM768, tls.X25519} }

// leaf returns the certificate that the other side has proven to hold. Names, dates and issuers in it are not
// looked at: the roster says whose key it is and for how long.
func leaf(state tls.ConnectionState) (*x509.Certificate, error) {
	if state.Version != tls.VersionTLS13 || len(state.PeerCertificates) != 1 {
		return nil, fault.New(fault.Denied, "peer.key.unknown")
	}
	return state.PeerCertificates[0], nil
}

// serverTLS is how this node answers.
func serverTLS(pins *Pins, own func() (tls.Certificate, error), strange func(error)) *tls.Config {
	return &tls.Config{
		MinVersion:             tls.VersionTLS13,
		CurvePreferences:       groups(),
		ClientAuth:             tls.RequireAnyClientCert,
		SessionTicketsDisabled: true,
		NextProtos:             []string{"http/1.1"},
		GetCertificate: func(*tls.ClientHelloInfo) (*tls.Certificate, error) {
			c, err := own()
			return &c, err
		},
		VerifyConnection: func(state tls.ConnectionState) error {
			cert, err := leaf(state)
			if err == nil {
				ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
				defer cancel()
				_, err = pins.Member(ctx, cert)
			}
			if err != nil {
				strange(err)
			}
			return err
		},
	}
}

// keyOther says that somebody else answers than the member who was called.
const keyOther = "peer.key.other"

// clientTLS is how this node calls a member: whoever answers must hold one of her keys.
func clientTLS(to member.Member, own func() (tls.Certificate, error)) *tls.Config {
	return &tls.Config{
		MinVersion:       tls.VersionTLS13,
		CurvePreferences: groups(),
		NextProtos:       []string{"http/1.1"},
		// No authority vouches for these certificates. VerifyConnection below compares the key itself with
		// the roster, on every connection.
		InsecureSkipVerify: true, //nolint:gosec
		GetClientCertificate: func(*tls.CertificateRequestInfo) (*tls.Certificate, error) {
			c, err := own()
			return &c, err
		},
		VerifyConnection: func(state tls.ConnectionState) error {
			cert, err := leaf(state)
			if err == nil && !slices.Contains(to.Keys.TLS, Pin(cert)) {
				err = fault.New(fault.Denied, keyOther).With("member", string(to.ID))
			}
			return err
		},
	}
}
