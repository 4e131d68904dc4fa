"""What the patient sees.

page   the shape of a screen: one decision, its words and its buttons
pages  which page a journey shows. Pure
screen the one Textual screen that draws pages
"""
