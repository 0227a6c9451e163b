package console

import (
	"bytes"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/opentrm/opentrm/internal/fault"
)

// ReadFile reads a file, or standard input for "-", up to 16 MiB.
func ReadFile(s *Screen, path string) ([]byte, error) {
	const most = 16 << 20
	r := s.In
	if path != "-" {
		f, err := os.Open(path)
		if err != nil {
			return nil, fault.Wrap(fault.Invalid, "cli.file", err).With("file", path)
		}
		defer f.Close()
		r = f
	}
	b, err := io.ReadAll(io.LimitReader(r, most+1))
	if err != nil || len(b) > most {
		return nil, fault.Wrap(fault.TooLarge, "cli.file", err).With("file", path)
	}
	return b, nil
}

// ReadJSON reads a file into v, which takes no field that it does not know.
func ReadJSON(s *Screen, path string, v any) error {
	b, err := ReadFile(s, path)
	if err != nil {
		return err
	}
	dec := json.NewDecoder(BytesOf(b))
	dec.DisallowUnknownFields()
	if err := dec.Decode(v); err != nil {
		return fault.Wrap(fault.Invalid, "cli.json", err).With("file", path)
	}
	return nil
}

// WriteFile writes a file that only its owner can read, whole or not at all.
func WriteFile(path string, b []byte) error {
	f, err := os.CreateTemp(filepath.Dir(path), ".opentrm-*") // mode 0600
	if err != nil {
		return fault.Wrap(fault.Unavailable, "cli.file", err).With("file", path)
	}
	defer os.Remove(f.Name())
	_, err = f.Write(b)
	if err == nil {
		err = f.Sync()
	}
	if e := f.Close(); err == nil {
		err = e
	}
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		return fault.Wrap(fault.Unavailable, "cli.file", err).With("file", path)
	}
	return nil
}

// WriteNew writes a file that must not be there yet, down to the disk.
func WriteNew(path string, b []byte) error {
	f, err := Create(path)
	if err == nil {
		_, err = f.Write(b)
		if err == nil {
			err = f.Sync()
		}
		if e := f.Close(); err == nil {
			err = e
		}
	}
	if err != nil {
		return fault.Wrap(fault.Unavailable, "cli.file", err).With("file", path)
	}
	return nil
}

// Create opens a file that must not be there yet, for its owner only.
func Create(path string) (*os.File, error) {
	return os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
}

// BytesOf makes a reader of bytes.
func BytesOf(b []byte) io.Reader { return bytes.NewReader(b) }

// SecretFile reads the first line of a file that nobody else may read.
//
// It fails with [fault.Invalid] as [SecretBytes], and if there is nothing on that line.
func SecretFile(file string) (string, error) {
	b, err := SecretBytes(file)
	if err != nil {
		return "", err
	}
	line, _, _ := strings.Cut(string(b), "\n")
	if strings.TrimSpace(line) == "" {
		return "", fault.New(fault.Invalid, "cli.secret.none")
	}
	return strings.TrimRight(line, "\r"), nil
}

// SecretBytes reads a whole file that nobody else may read, up to the length of a secret.
//
// It fails with [fault.Invalid] if it cannot, or others may read it, or it is longer.
func SecretBytes(file string) ([]byte, error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, fault.Wrap(fault.Invalid, "cli.file", err).With("file", file)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, fault.Wrap(fault.Invalid, "cli.file", err).With("file", file)
	}
	if info.Mode().Perm()&0o077 != 0 {
		return nil, fault.New(fault.Invalid, "cli.secret.mode").With("file", file)
	}
	b, err := io.ReadAll(io.LimitReader(f, maxSecret+1))
	if err != nil {
		return nil, fault.Wrap(fault.Invalid, "cli.file", err).With("file", file)
	}
	if len(b) > maxSecret {
		return nil, fault.New(fault.Invalid, "cli.secret.none")
	}
	return b, nil
}
