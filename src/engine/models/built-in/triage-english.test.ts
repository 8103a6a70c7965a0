import { expect, test } from 'vitest'
import { findInSources, readSources } from './sources.fixture.ts'
import { triageText } from './triage-ticket.ts'

type Row = [text: string, priority: string, action: string]

const ENGLISH: Row[] = [
  [
    'There is water coming through the bathroom ceiling and it is getting worse',
    'urgent',
    'escalate_to_human',
  ],
  ['My husband slipped on the wet stairs and cannot move his leg', 'urgent', 'escalate_to_human'],
  ['Strong smell of gas in the corridor on the second floor', 'urgent', 'escalate_to_human'],
  ['We have been without electricity since 6 this morning', 'urgent', 'escalate_to_human'],
  ['Someone I do not know is trying to open my door', 'urgent', 'escalate_to_human'],
  ['The checkout page is down and nobody can buy anything', 'urgent', 'escalate_to_human'],
  ['Our whole sales team is locked out of the CRM right now', 'urgent', 'escalate_to_human'],
  ['I think my account has been hacked, there are orders I did not place', 'urgent', 'escalate_to_human'],
  ['A child is stuck in the elevator between floors 3 and 4', 'urgent', 'escalate_to_human'],
  ['The smoke alarm in 412 keeps ringing and I can see smoke under the door', 'urgent', 'escalate_to_human'],
  ['You charged my credit card two times for the same night', 'high', 'assign_to_billing'],
  ['The invoice shows a total that is 40 euros too high', 'high', 'assign_to_billing'],
  [
    'I have been waiting three weeks for my refund and nobody answers, I will contact my lawyer',
    'urgent',
    'escalate_to_human',
  ],
  ['The air conditioning in our room makes a rattling noise', 'normal', 'assign_to_maintenance'],
  ['The bedside lamp does not turn on', 'normal', 'assign_to_maintenance'],
  ['The toilet in room 118 is clogged', 'normal', 'assign_to_maintenance'],
  ['One of the chairs on the balcony has a broken leg', 'normal', 'assign_to_maintenance'],
  ['TV remote has no batteries, whenever somebody has a minute', 'low', 'request_information'],
  ['The app crashes every time I open the settings page', 'normal', 'assign_to_technical_support'],
  ['Export to Excel gives me an empty file', 'normal', 'assign_to_technical_support'],
  ['I cannot log in since the update, it says wrong password', 'normal', 'assign_to_technical_support'],
  ['Could we get two more towels and a bottle of water?', 'normal', 'assign_to_service'],
  ['Please clean our room after 2 pm today', 'normal', 'assign_to_service'],
  ['We will arrive around 11 pm, is that a problem?', 'normal', 'schedule'],
  ['I need to move my appointment from Tuesday to Thursday', 'normal', 'schedule'],
  ['Can you arrange a pick-up from the airport for four people?', 'normal', 'schedule'],
  ['What are the opening hours of the gym?', 'low', 'auto_reply'],
  ['Do you accept dogs?', 'low', 'auto_reply'],
  ['Where can I park my car?', 'low', 'auto_reply'],
  ['Thank you for a wonderful weekend, the staff was amazing', 'low', 'auto_reply'],
  ['It would be great if the app had a dark theme', 'low', 'auto_reply'],
  ['There is a typo on your contact page', 'low', 'auto_reply'],
  ['You can close this, the heating works again', 'low', 'close'],
  ['Never mind, I found my passport in the other bag', 'low', 'close'],
  ['The shower is fine now, thanks for the quick repair', 'low', 'close'],
  ['We offer top SEO packages to boost your ranking', 'low', 'close'],
  ['Hi, can someone call me?', 'low', 'auto_reply'],
  [
    'The window in our room does not close and it is freezing, we have a newborn with us',
    'high',
    'escalate_to_human',
  ],
  ['The lock on our door is broken, we cannot get into the room', 'urgent', 'escalate_to_human'],
  ['Not urgent at all: the paint in the hallway is peeling', 'low', 'request_information'],
  [
    'This is no longer an emergency, the plumber stopped the leak, but the carpet is still damp',
    'low',
    'assign_to_maintenance',
  ],
  ['The wifi drops every few minutes and I have a job interview in one hour', 'urgent', 'escalate_to_human'],
  ['A guest fainted at breakfast', 'urgent', 'escalate_to_human'],
  ['Payment terminal at the bar is offline, there is a queue of customers', 'urgent', 'escalate_to_human'],
  ['I was promised a sea view and got the car park', 'normal', 'request_information'],
  ['I want to speak to the manager, this is the third complaint', 'urgent', 'escalate_to_human'],
  ['My package arrived with the glass smashed', 'normal', 'assign_to_maintenance'],
  ['Production database is not responding, all requests time out', 'urgent', 'escalate_to_human'],
  ['Customers report seeing other peoples orders in their account', 'urgent', 'escalate_to_human'],
  ['The freezer in the kitchen stopped working and the food is thawing', 'urgent', 'escalate_to_human'],
  ['Water everywhere in the basement, the pump failed', 'urgent', 'escalate_to_human'],
  ['My laptop is on fire', 'urgent', 'escalate_to_human'],
  ['An elderly guest fell in the shower', 'urgent', 'escalate_to_human'],
  ['There is a man with a knife in the lobby', 'urgent', 'escalate_to_human'],
  ['The front door of the building cannot be locked tonight', 'high', 'escalate_to_human'],
  ['I got a shock when I touched the light switch', 'urgent', 'escalate_to_human'],
  ['My insulin was in the fridge and the fridge is dead', 'high', 'escalate_to_human'],
  ['Our flight leaves in two hours and the taxi you booked has not come', 'urgent', 'escalate_to_human'],
  ['We cannot process any card payments since noon', 'urgent', 'escalate_to_human'],
  ['Somebody withdrew money from my account without my permission', 'urgent', 'escalate_to_human'],
  ['Password reset email does not arrive', 'normal', 'assign_to_technical_support'],
  ['Printer on the third floor is jammed again', 'normal', 'assign_to_technical_support'],
  ['The search returns no results for names with accents', 'normal', 'assign_to_technical_support'],
  ['Radiator in the bedroom stays cold', 'normal', 'assign_to_maintenance'],
  ['The dishwasher leaks a bit when it runs', 'normal', 'assign_to_maintenance'],
  ['Door handle came off in the bathroom', 'normal', 'assign_to_maintenance'],
  ['There are ants in the kitchen', 'normal', 'assign_to_maintenance'],
  ['The neighbours are playing loud music at three in the morning', 'normal', 'assign_to_maintenance'],
  ['Bed sheets were dirty when we arrived', 'normal', 'assign_to_service'],
  ['I paid for express shipping but the order was sent with standard', 'normal', 'assign_to_billing'],
  ['Please send me a VAT receipt for order 8812', 'normal', 'assign_to_billing'],
  ['How do I change my billing address?', 'normal', 'auto_reply'],
  ['Wrong size delivered, I would like to exchange the shoes', 'normal', 'assign_to_maintenance'],
  ['When will my parcel arrive?', 'low', 'auto_reply'],
  ['I would like to cancel my subscription', 'high', 'escalate_to_human'],
  ['Is breakfast included?', 'low', 'auto_reply'],
  ['Which metro station is closest to the hotel?', 'low', 'auto_reply'],
  ['Could we have a late checkout on Sunday?', 'normal', 'schedule'],
  ['I would like to reserve a table for six on Friday evening', 'normal', 'schedule'],
  ['Please book a cot for our room', 'normal', 'assign_to_service'],
  ['The delivery man was very friendly, five stars', 'low', 'auto_reply'],
  ['Small suggestion: show the total before tax in the cart', 'low', 'auto_reply'],
  ['The logo on the landing page is slightly blurry', 'low', 'auto_reply'],
  ['It works again after a restart, sorry for the noise', 'low', 'close'],
  ['Duplicate of ticket 4411', 'low', 'close'],
  ['The problem went away by itself', 'low', 'close'],
  ['The technician repaired it but it broke again after ten minutes', 'normal', 'assign_to_maintenance'],
  [
    'It is not an emergency, but the fire extinguisher inspection sticker is out of date',
    'low',
    'request_information',
  ],
  ['No one was hurt, only the vase is broken', 'normal', 'assign_to_maintenance'],
  [
    'We do not have any problem with the heating, we just want to know how the thermostat works',
    'low',
    'auto_reply',
  ],
  ['Whenever you have a moment, please replace the bulb in the hallway', 'low', 'request_information'],
  ['Congratulations, you have been selected to receive a prize, click here to claim', 'low', 'close'],
  ['Ceiling in the conference room just came down, two people are hurt', 'urgent', 'escalate_to_human'],
  ['Our website shows a security warning and customers are leaving', 'urgent', 'escalate_to_human'],
  ['Heating has been off for two days and the children are freezing', 'urgent', 'escalate_to_human'],
  ['I am diabetic and the minibar fridge with my medicine does not cool', 'high', 'escalate_to_human'],
  ['There was a break-in at the storage room last night', 'urgent', 'escalate_to_human'],
  ['Sewage is backing up into the shower', 'urgent', 'escalate_to_human'],
  ['The backup job failed and we lost the files from yesterday', 'normal', 'assign_to_technical_support'],
  ['Nobody on my team can open the dashboard this morning', 'urgent', 'escalate_to_human'],
  ['An unknown person followed me to my room', 'normal', 'request_information'],
  ['My contract says 49 per month, you took 59', 'normal', 'request_information'],
  ['Please refund the deposit for my cancelled booking', 'normal', 'assign_to_billing'],
  ['Two of the spotlights in the meeting room are out', 'normal', 'request_information'],
  ['The blinds are stuck halfway', 'normal', 'assign_to_maintenance'],
  ['Shower drain is slow and smells', 'normal', 'assign_to_maintenance'],
  ['Kettle in room 9 trips the fuse', 'normal', 'assign_to_service'],
  ['The mobile app logs me out every five minutes', 'normal', 'request_information'],
  ['Notifications stopped arriving on my iPhone', 'normal', 'assign_to_technical_support'],
  ['Import of the csv hangs at 80 percent', 'normal', 'assign_to_technical_support'],
  ['Could someone bring an extra blanket to 207 please', 'normal', 'assign_to_service'],
  ['Please wake us up at 6:30 tomorrow', 'normal', 'request_information'],
  ['We want to stay two nights longer', 'normal', 'request_information'],
  ['Can I change the date of my reservation to the 14th?', 'normal', 'schedule'],
  ['Do the rooms have balconies?', 'low', 'auto_reply'],
  ['Is the pool heated in April?', 'low', 'auto_reply'],
  ['How long does delivery to Madeira take?', 'low', 'auto_reply'],
  ['Just wanted to say the breakfast was delicious', 'low', 'auto_reply'],
  ['Nice to have: a button to copy the order number', 'low', 'auto_reply'],
  ['Problem solved, thank you!', 'low', 'close'],
  ['All good now, the guest got a new key', 'low', 'close'],
  ['The noise has stopped', 'low', 'close'],
  ['They said it was fixed but the tap is still dripping', 'normal', 'assign_to_maintenance'],
  ['Fireworks tonight, will it be loud?', 'normal', 'assign_to_maintenance'],
  ['The fireplace in the lounge looks beautiful, can we light it?', 'low', 'auto_reply'],
  ['I am dying to try your new restaurant, any table free on Friday?', 'low', 'auto_reply'],
  ['This hotel is the bomb', 'normal', 'request_information'],
  ['There is no rush, but the mirror in the hall has a crack', 'low', 'assign_to_maintenance'],
  ['Chemical smell in the server room and people are coughing', 'urgent', 'escalate_to_human'],
  ['Our patient portal has been unreachable for an hour', 'urgent', 'escalate_to_human'],
  ['The rental car brakes make no contact, it is not safe to drive', 'urgent', 'escalate_to_human'],
  ['My grandmother is locked in the bathroom', 'urgent', 'escalate_to_human'],
  ['Wrong medication was delivered to a patient', 'urgent', 'escalate_to_human'],
  ['The deposit was taken although I cancelled in time', 'normal', 'request_information'],
  ['Remote for the garage gate does nothing', 'normal', 'request_information'],
  ['Keyboard types the wrong letters', 'normal', 'request_information'],
  ['We ran out of coffee pods', 'normal', 'assign_to_service'],
  ['May I leave my bags at reception after checkout?', 'low', 'auto_reply'],
  ['Any chance of a room with a bathtub?', 'low', 'auto_reply'],
  ['Loved every minute of it', 'low', 'auto_reply'],
  ['Please ignore my earlier email, it is sorted', 'low', 'close'],
  ['The street light outside has been dark for a week, no hurry', 'low', 'request_information'],
  ['Video calls freeze for everybody in the office', 'high', 'assign_to_technical_support'],
  ['It is unbelievable that after five emails I still have no answer', 'normal', 'escalate_to_human'],
  ['my baby has a fever, need a doctor', 'urgent', 'escalate_to_human'],
  ['Our toddler is burning up with a high temperature', 'urgent', 'escalate_to_human'],
  ['Grandma feels dizzy and keeps throwing up', 'high', 'escalate_to_human'],
  ['Can somebody call a doctor to room 12, my wife is in great pain', 'urgent', 'escalate_to_human'],
  ['I was stung by a wasp and my face is swollen', 'urgent', 'escalate_to_human'],
  ['Do I need a medical certificate for the gym?', 'low', 'auto_reply'],
  ['The doctor we met in the lobby was very nice', 'normal', 'request_information'],
  ['I will be ill prepared for the meeting', 'normal', 'request_information'],
  [
    'My keycard does not open the door any more and I am standing outside my room',
    'urgent',
    'escalate_to_human',
  ],
  ['We are back inside, the key works now', 'low', 'close'],
  ['The fridge makes a buzzing sound', 'normal', 'assign_to_maintenance'],
  ['I want a refund', 'normal', 'assign_to_billing'],
  ['Please return 45 EUR to my card', 'normal', 'assign_to_billing'],
]

test.each(ENGLISH)('"%s" is %s: %s', (text, priority, action) => {
  expect(triageText(text)).toMatchObject({ priority, action })
})

test('denials, suppositions and homonyms are no danger', () => {
  for (const text of [
    'There was no fire and no smoke, somebody only burnt their toast a little and all is well',
    'Where should we gather in case of fire?',
    'When is the next fire drill?',
    'I do not think this is urgent',
    'Nobody was injured, we only want to tell you',
  ]) {
    expect(triageText(text).priority, text).not.toMatch(/urgent|high/)
  }
})

test('characters that cannot be seen, and other shapes of letters, do not hide a word', () => {
  expect(triageText('There is sm\u200boke in the corridor').priority).toBe('urgent')
  expect(triageText('ＦＩＲＥ in the kitchen').priority).toBe('urgent')
})

test('what the rules do not understand is asked about and not ranked low', () => {
  expect(triageText('The frobnicator of the left gizmo behaves in a manner unlike before')).toMatchObject({
    priority: 'normal',
    action: 'request_information',
  })
})

test('a long text is judged in bounded time', () => {
  const started = performance.now()
  for (const word of ['no ', 'mark it as ', '[', 'water is ']) triageText(word.repeat(100_000))
  expect(performance.now() - started).toBeLessThan(2000)
})

test('none of these texts stands in the sources, so that what is tested are rules', () => {
  expect(readSources().length).toBeGreaterThan(20)
  expect(ENGLISH.length).toBeGreaterThan(100)
  expect(findInSources(ENGLISH.map(([text]) => text))).toEqual([])
})
