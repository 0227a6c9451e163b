package asic

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/x509"
	"crypto/x509/pkix"
	"io"
	"math/big"
	"time"

	"github.com/opentrm/opentrm/internal/fault"
)

// NewKey makes a key on P-256 and returns it as PKCS #8, to be sealed by who keeps it.
//
// It fails with [fault.Internal] if there is no randomness.
func NewKey(random io.Reader) ([]byte, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), random)
	if err != nil {
		return nil, fault.Wrap(fault.Internal, "fault.internal", err)
	}
	b, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return nil, fault.Wrap(fault.Internal, "fault.internal", err)
	}
	return b, nil
}

// ParseKey reads a key that [NewKey] made. It fails with [fault.Invalid] if it is none.
func ParseKey(b []byte) (crypto.Signer, error) {
	any, err := x509.ParsePKCS8PrivateKey(b)
	if err != nil {
		return nil, fault.New(fault.Invalid, "asic.key")
	}
	key, ok := any.(*ecdsa.PrivateKey)
	if !ok || key.Curve != elliptic.P256() {
		return nil, fault.New(fault.Invalid, "asic.key")
	}
	return key, nil
}

// Office is whom a certificate names.
type Office struct {
	Country string // ISO 3166-1 alpha-2, or XK
	Name    string // "State Attorney's Office, organised crime"
	Desk    string // the address of the desk that keeps the key
}

func (o Office) subject() pkix.Name {
	return pkix.Name{Country: []string{o.Country}, Organization: []string{o.Name}, CommonName: o.Desk}
}

// SelfSigned makes a certificate that nobody vouches for but the office itself: whoever receives it has to be told its digest by
// another way. It signs documents and nothing else.
//
// It fails with [fault.Internal] if the key cannot sign or there is no randomness.
func SelfSigned(random io.Reader, key crypto.Signer, of Office, from, until time.Time) (*x509.Certificate, error) {
	serial := make([]byte, 16)
	if _, err := io.ReadFull(random, serial); err != nil {
		return nil, fault.Wrap(fault.Internal, "fault.internal", err)
	}
	serial[0] &= 0x7f // positive
	serial[15] |= 1   // and not nothing
	t := &x509.Certificate{
		SerialNumber: new(big.Int).SetBytes(serial), Subject: of.subject(), NotBefore: from, NotAfter: until,
		KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageContentCommitment, BasicConstraintsValid: true,
		SignatureAlgorithm: x509.ECDSAWithSHA256,
	}
	der, err := x509.CreateCertificate(random, t, t, key.Public(), key)
	if err != nil {
		return nil, fault.Wrap(fault.Internal, "fault.internal", err)
	}
	return parsed(der)
}

// Request returns, as DER of PKCS #10, what an authority needs to vouch for the key. It fails as [SelfSigned].
func Request(random io.Reader, key crypto.Signer, of Office) ([]byte, error) {
	b, err := x509.CreateCertificateRequest(random, &x509.CertificateRequest{Subject: of.subject(), SignatureAlgorithm: x509.ECDSAWithSHA256}, key)
	if err != nil {
		return nil, fault.Wrap(fault.Internal, "fault.internal", err)
	}
	return b, nil
}

// ParseCertificate reads a certificate as DER. It fails with [fault.Invalid] if it is none.
func ParseCertificate(der []byte) (*x509.Certificate, error) {
	c, err := x509.ParseCertificate(der)
	if err != nil {
		return nil, fault.Wrap(fault.Invalid, "asic.signer", err)
	}
	return c, nil
}

func parsed(der []byte) (*x509.Certificate, error) {
	c, err := x509.ParseCertificate(der)
	if err != nil {
		return nil, fault.Wrap(fault.Internal, "fault.internal", err)
	}
	return c, nil
}
