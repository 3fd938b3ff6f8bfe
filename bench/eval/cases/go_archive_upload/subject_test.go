package subject

import (
	"context"
	"errors"
	"io"
	"strings"
	"testing"
)

type fakeStore struct {
	files map[string]string
	put   []string
	open  int
	most  int
}

type fakeFile struct {
	io.Reader
	store *fakeStore
}

func (f *fakeFile) Close() error {
	f.store.open--
	return nil
}

func (s *fakeStore) Names() ([]string, error) {
	var names []string
	for name := range s.files {
		names = append(names, name)
	}
	return names, nil
}

func (s *fakeStore) Open(name string) (io.ReadCloser, error) {
	s.open++
	if s.open > s.most {
		s.most = s.open
	}
	return &fakeFile{strings.NewReader(s.files[name]), s}, nil
}

func (s *fakeStore) Put(_ context.Context, key string, content io.Reader) error {
	data, err := io.ReadAll(content)
	if err != nil {
		return err
	}
	if string(data) == "bad" {
		return errors.New("refused")
	}
	s.put = append(s.put, key+":"+string(data))
	return nil
}

func TestUpload(t *testing.T) {
	store := &fakeStore{files: map[string]string{"b.log": "2", "a.log": "1", "c.txt": "bad", "c.log": "3"}}
	uploader := NewUploader(store, store, "backup")
	copied, err := uploader.Upload(context.Background(), ".log")
	if err != nil || copied != 3 || strings.Join(store.put, " ") != "backup/a.log:1 backup/b.log:2 backup/c.log:3" {
		t.Fatalf("got %d, %v, %v", copied, err, store.put)
	}
	if store.open != 0 || store.most != 1 {
		t.Fatalf("%d files are open, and %d were at once", store.open, store.most)
	}
	if copied, err := uploader.Upload(context.Background(), ".txt"); err == nil || copied != 0 || store.open != 0 {
		t.Fatal("no error, or the file was left open")
	}
	if _, err := uploader.Upload(context.Background(), ".zip"); !errors.Is(err, ErrEmpty) {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := uploader.Upload(ctx, ".log"); !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
}
