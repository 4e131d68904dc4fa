"""The published language between queue server, kiosks, boards, consoles and any other client.

Pure and light: codes, commands, questions, messages, feed rows and the codec. PROTOCOL.md, beside this
file, is enough to write a client in another language.
"""
