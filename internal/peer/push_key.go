package peer

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"encoding/base64"
	"io"
	"net/url"
	"strings"

	"github.com/opentrm/opentrm/internal/fault"
)

// Public returns the public half of the key in the form in which a browser subscribes to it.
//
// It fails with [fault.Invalid] "peer.push.config" if the key is not of P-256.
func (p *Push) Public() (string, error) {
	if p.Key == nil || p.Key.Curve != elliptic.P256() {
		return "", fault.New(fault.Invalid, "peer.push.config")
	}
	k, err := p.Key.PublicKey.ECDH()
	if err != nil {
		return "", fault.Wrap(fault.Invalid, "peer.push.config", err)
	}
	return base64.RawURLEncoding.EncodeToString(k.Bytes()), nil
}

// ParsePushKey reads the private key of VAPID: the 32 bytes of its scalar as base64url, as tools for Web Push
// print it.
//
// It fails with [fault.Invalid] "peer.push.config" for anything else.
func ParsePushKey(s string) (*ecdsa.PrivateKey, error) {
	raw, err := base64.RawURLEncoding.DecodeString(strings.TrimRight(strings.TrimSpace(s), "="))
	if err != nil {
		return nil, fault.Wrap(fault.Invalid, "peer.push.config", err)
	}
	defer clear(raw)
	k, err := ecdsa.ParseRawPrivateKey(elliptic.P256(), raw)
	if err != nil {
		return nil, fault.Wrap(fault.Invalid, "peer.push.config", err)
	}
	return k, nil
}

// NewPushKey makes the private key of VAPID in the form that [ParsePushKey] reads.
//
// It fails with [fault.Internal] if there is no randomness.
func NewPushKey(random io.Reader) (string, error) {
	k, err := ecdsa.GenerateKey(elliptic.P256(), random)
	if err != nil {
		return "", fault.Wrap(fault.Internal, "peer.random", err)
	}
	raw, err := k.Bytes()
	if err != nil {
		return "", fault.Wrap(fault.Internal, "peer.random", err)
	}
	defer clear(raw)
	return base64.RawURLEncoding.EncodeToString(raw), nil
}

// newPush reads the settings of Web Push.
//
// It fails with [fault.Invalid] "peer.push.config" for a key, a contact or a service that is none.
func newPush(key, contact string, services []string, random io.Reader) (*Push, error) {
	k, err := ParsePushKey(key)
	if err != nil {
		return nil, err
	}
	bad := fault.New(fault.Invalid, "peer.push.config")
	if address, isMail := strings.CutPrefix(contact, "mailto:"); isMail {
		_, err = plainAddress(address)
	} else if u, e := url.Parse(contact); e != nil || u.Scheme != "https" || u.Host == "" {
		err = bad
	}
	if err != nil {
		return nil, bad
	}
	for _, s := range services {
		if u, err := url.Parse("https://" + strings.TrimPrefix(s, ".")); err != nil || u.Host == "" || "https://"+u.Host != u.String() || s != strings.ToLower(s) {
			return nil, bad
		}
	}
	return &Push{Key: k, Contact: contact, Services: services, Rand: random}, nil
}
