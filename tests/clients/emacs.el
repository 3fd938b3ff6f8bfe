;;; Run by test_editors.py: a file is reviewed in a real Emacs, and the fix of its note applied. -*- lexical-binding: t -*-

(load (getenv "POSTIL_TEST_INIT") nil t)

(defun postil-test-wait (what holds)
  "Wait until HOLDS returns something; fail with WHAT."
  (let ((end (+ (float-time) (string-to-number (getenv "POSTIL_TEST_SECONDS")))) found)
    (while (not (setq found (funcall holds)))
      (when (> (float-time) end)
        (princ (with-current-buffer (messages-buffer) (buffer-string)))
        (error "Waited for %s" what))
      ;; In batch nobody is idle: Flymake has to be asked.
      (flymake-start)
      (accept-process-output nil 0.05))
    found))

(find-file (getenv "POSTIL_TEST_FILE"))
;; The page's hook connects after the first command, which in batch nobody gives.
(run-hooks 'post-command-hook)
(postil-test-wait "a server" #'eglot-current-server)
(flymake-mode 1)
(my-postil-review)
(let ((note (car (postil-test-wait "a note" #'flymake-diagnostics))))
  (princ (format "note: %s\n" (flymake-diagnostic-text note)))
  (goto-char (flymake-diagnostic-beg note)))
(let ((action (postil-test-wait
               "its fix"
               (lambda ()
                 (seq-find (lambda (one) (string-match-p "apply the fix" (plist-get one :title)))
                           (eglot-code-actions (line-beginning-position) (line-end-position) "quickfix" nil))))))
  (princ (format "action: %s\n" (plist-get action :title)))
  (eglot--apply-workspace-edit (plist-get action :edit)))
(princ (buffer-string))
(save-buffer)
(eglot-shutdown (eglot--current-server-or-lose))
