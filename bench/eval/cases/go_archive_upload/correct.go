package subject

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path"
	"sort"
	"strings"
)

// ErrEmpty means that there was nothing to upload.
var ErrEmpty = errors.New("nothing to upload")

// Source holds the files to upload.
type Source interface {
	// Names returns the names of all files.
	Names() ([]string, error)
	// Open opens a file for reading. The caller has to close it.
	Open(name string) (io.ReadCloser, error)
}

// Target receives the uploaded files.
type Target interface {
	Put(ctx context.Context, key string, content io.Reader) error
}

// Uploader copies the files of a source to a target.
type Uploader struct {
	source Source
	target Target
	prefix string
}

// NewUploader returns an uploader that puts the prefix before the names of the files.
func NewUploader(source Source, target Target, prefix string) *Uploader {
	return &Uploader{source: source, target: target, prefix: prefix}
}

// Upload copies the files whose names end in the suffix, in alphabetical order, and returns how many it copied.
// It stops at the first error. There can be very many files, so each is closed before the next one is opened.
func (u *Uploader) Upload(ctx context.Context, suffix string) (int, error) {
	names, err := u.selectNames(suffix)
	if err != nil {
		return 0, err
	}
	for copied, name := range names {
		if err := ctx.Err(); err != nil {
			return copied, err
		}
		file, err := u.source.Open(name)
		if err != nil {
			return copied, fmt.Errorf("open %s: %w", name, err)
		}
		err = errors.Join(u.target.Put(ctx, u.keyOf(name), file), file.Close())
		if err != nil {
			return copied, fmt.Errorf("upload %s: %w", name, err)
		}
	}
	return len(names), nil
}

// selectNames returns the names with the suffix in alphabetical order, or ErrEmpty if there are none.
func (u *Uploader) selectNames(suffix string) ([]string, error) {
	names, err := u.source.Names()
	if err != nil {
		return nil, fmt.Errorf("list files: %w", err)
	}
	var selected []string
	for _, name := range names {
		if strings.HasSuffix(name, suffix) {
			selected = append(selected, name)
		}
	}
	if len(selected) == 0 {
		return nil, ErrEmpty
	}
	sort.Strings(selected)
	return selected, nil
}

// keyOf returns the key of a file in the target.
func (u *Uploader) keyOf(name string) string {
	return path.Join(u.prefix, name)
}
