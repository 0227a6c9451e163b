package nodetest

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"os"
	"path/filepath"
	"sync"

	"github.com/opentrm/opentrm/internal/keyring"
	"github.com/opentrm/opentrm/internal/seal"
	"github.com/opentrm/opentrm/internal/store"
)

// bed is what a node is born into: a secret, and a file under its key that has had all migrations and nothing else. To
// migrate takes longer than the rest of a birth.
type bed struct {
	secret string
	file   []byte
}

// beds are those of this process, one for each node of the largest network: no two nodes of a network have the same secret.
type beds struct {
	mu  sync.Mutex
	all []bed
}

var cribs = &beds{}

// crib returns the bed of the node with a number, made when it is first asked for.
func (b *beds) crib(number int) (bed, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for len(b.all) <= number {
		next, err := newBed()
		if err != nil {
			return bed{}, err
		}
		b.all = append(b.all, next)
	}
	return b.all[number], nil
}

func newBed() (b bed, err error) {
	dir, err := os.MkdirTemp("", "nodetest")
	if err != nil {
		return bed{}, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	key := seal.NewKey(nil)
	path := filepath.Join(dir, "node.db")
	db, err := store.Open(context.Background(), store.Config{Path: path, Key: keyring.NewSecret(key).FileKey().Bytes(), Rand: rand.Reader})
	if err == nil {
		err = db.Close()
	}
	if err != nil {
		return bed{}, err
	}
	b.secret = hex.EncodeToString(key.Bytes())
	b.file, err = os.ReadFile(path)
	return b, err
}
